"""From a spec to a trained network: `spec` names a run, `build` its problem, `train` trains."""
