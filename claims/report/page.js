"use strict";
// The counts are buttons: each shows the claims of one verdict, or of one kind of data, or of both.
const shown = { verdict: "all", data: "all" };
const buttons = document.querySelectorAll("button[data-show], button[data-of]");
const claims = document.querySelectorAll("[data-verdict]");
const around = document.querySelectorAll("main > section, tbody");

function show(key, value) {
  shown[key] = value;
  for (const claim of claims) {
    claim.hidden = Object.keys(shown).some(
      (of) => shown[of] !== "all" && shown[of] !== claim.dataset[of]
    );
  }
  for (const one of around) {
    const within = [...one.querySelectorAll("[data-verdict]")];
    one.hidden = within.length > 0 && within.every((claim) => claim.hidden);
  }
  for (const button of buttons) {
    const pressed = shown.verdict === button.dataset.show || shown.data === button.dataset.of;
    button.setAttribute("aria-pressed", String(pressed));
  }
}

for (const button of buttons) {
  button.disabled = parseInt(button.textContent, 10) === 0;
  const { show: verdict, of: data } = button.dataset;
  button.addEventListener("click", () => {
    if (verdict) show("verdict", verdict);
    else show("data", shown.data === data ? "all" : data);
  });
}
document.querySelector(".hint").hidden = false;

// a link to a claim that the filters hide shows all again
function follow() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target && target.getClientRects().length === 0) {
    show("data", "all");
    show("verdict", "all");
    target.scrollIntoView();
  }
}
window.addEventListener("hashchange", follow);
