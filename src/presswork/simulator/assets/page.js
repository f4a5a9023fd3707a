// Shows what is new without loading the page anew, so that a click on a switch is never lost to a reload.
"use strict";

let shown = "";

async function look() {
  const answer = await fetch("/", { cache: "no-store" });
  const page = await answer.text();
  // A button that is pressed at this moment stays until it is let go.
  if (!answer.ok || page === shown || document.querySelector("button:active")) return;
  const focus = [...document.querySelectorAll("button")].indexOf(document.activeElement);
  document.body.replaceWith(document.adoptNode(new DOMParser().parseFromString(page, "text/html").body));
  document.querySelectorAll("button")[focus]?.focus();
  shown = page;
}

setInterval(() => look().catch(() => {}), 2000);
