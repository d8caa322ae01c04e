"""The figures of the chapter on scattering, each of a named experiment."""

from analysis.plotting.figure import chapter

of = chapter("scattering")

FIGURES = (
    *(
        of(module, f"scattering-{module}", about, "scattering-properties")
        for module, about in (
            ("chirps", "a dilated wave packet: modulus of the Fourier transform, and scattering"),
            ("stability", "scattering of what is deformed, moved and turned"),
            ("energy", "energy of scattering by order, and norms of operators"),
            ("phases", "textures and phases before and after a modulus"),
        )
    ),
)
