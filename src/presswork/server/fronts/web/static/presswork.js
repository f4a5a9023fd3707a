// Comfort only: every page does all its work without this file.
(function () {
  "use strict";

  function localise(root) {
    root.querySelectorAll("time[data-show]").forEach(function (element) {
      var when = new Date(element.dateTime);
      if (isNaN(when)) return;
      var full = when.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
      if (element.dataset.show === "full") element.textContent = full;
      else element.title = full;
    });
  }

  document.addEventListener("DOMContentLoaded", function () {
    localise(document);

    // A menu closes when the person turns elsewhere.
    document.addEventListener("click", function (event) {
      document.querySelectorAll("details.menu[open]").forEach(function (menu) {
        if (!menu.contains(event.target)) menu.open = false;
      });
    });
    document.addEventListener("keydown", function (event) {
      if (event.key !== "Escape") return;
      document.querySelectorAll("details.menu[open]").forEach(function (menu) {
        menu.open = false;
        menu.querySelector("summary").focus();
      });
    });

    // A button that was pressed is not pressed twice.
    document.addEventListener("submit", function (event) {
      var form = event.target;
      if (form.dataset.sent) return event.preventDefault();
      form.dataset.sent = "yes";
      if (event.submitter) event.submitter.classList.add("btn-loading");
    });
    window.addEventListener("pageshow", function () {
      document.querySelectorAll("form[data-sent]").forEach(function (form) { delete form.dataset.sent; });
      document.querySelectorAll(".btn-loading").forEach(function (button) { button.classList.remove("btn-loading"); });
    });

    document.querySelectorAll("[data-copy]").forEach(function (button) {
      if (!navigator.clipboard) return;
      button.hidden = false;
      button.addEventListener("click", function () {
        navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent.trim());
        button.querySelector("span").textContent = "Copied";
      });
    });

    document.querySelectorAll("[data-print]").forEach(function (button) {
      button.hidden = false;
      button.addEventListener("click", function () { window.print(); });
    });

    // Live parts: asked for while the page is looked at, swapped only when something changed.
    // Often while something moves, else seldom.
    var last = null, ticks = 0;
    setInterval(function () {
      ticks += 1;
      if (document.visibilityState !== "visible" || !(ticks % 4 === 0 || document.querySelector(".spin"))) return;
      document.body.dispatchEvent(new Event("presswork:look"));
    }, 3000);
    document.body.addEventListener("htmx:beforeSwap", function (event) {
      var unchanged = event.detail.serverResponse === last;
      last = event.detail.serverResponse;
      if (event.detail.xhr.status !== 200 || unchanged) event.detail.shouldSwap = false;
    });
    document.body.addEventListener("htmx:afterSwap", function (event) { localise(event.target.parentNode || document); });
  });
})();
