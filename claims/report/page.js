"use strict";
// The counts are buttons: each shows the claims of one verdict. The style sheet does the hiding.
const buttons = document.querySelectorAll("button[data-show]");

function show(verdict) {
  document.body.dataset.show = verdict;
  for (const button of buttons) {
    button.setAttribute("aria-pressed", String(button.dataset.show === verdict));
  }
}

for (const button of buttons) {
  button.disabled = button.querySelector(".number").textContent === "0";
  button.addEventListener("click", () => show(button.dataset.show));
}
document.querySelector(".hint").hidden = false;

// a link to a claim that the filter hides shows all again
function follow() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target && target.getClientRects().length === 0) {
    show("all");
    target.scrollIntoView();
  }
}
window.addEventListener("hashchange", follow);
