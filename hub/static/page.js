/* On every page. Light, dark, or as the phone likes it: kept in this phone only, and so early in <head> that nothing is
   painted yet; without scripts the phone's own wish counts (hub.css). And what a field needs once it is touched (its
   `data-script` and `data-style`), so that nobody waits for what is not used. Written for browsers of 2014 too. */
(function () {
  "use strict";
  var root = document.documentElement;
  var NAME = "hub.theme";

  function kept() {
    try { return localStorage.getItem(NAME) || ""; } catch (refused) { return ""; }
  }

  function show(choice) {
    var wanted = choice === "light" || choice === "dark" ? choice : "";
    if (wanted) root.setAttribute("data-theme", wanted);
    else root.removeAttribute("data-theme");
    var buttons = document.querySelectorAll("[data-choose-theme]");
    for (var i = 0; i < buttons.length; i++) {
      var own = buttons[i].getAttribute("data-choose-theme");
      buttons[i].setAttribute("aria-pressed", String(own === wanted));
    }
  }

  show(kept());
  document.addEventListener("click", function (event) {
    var at = event.target;
    while (at && at !== root && !(at.hasAttribute && at.hasAttribute("data-choose-theme"))) at = at.parentNode;
    if (!at || at === root || !at.hasAttribute) return;
    var choice = at.getAttribute("data-choose-theme");
    try { localStorage.setItem(NAME, choice); } catch (refused) { /* then for this page only */ }
    show(choice);
  });
  window.addEventListener("storage", function (event) {
    if (event.key === NAME || event.key === null) show(kept());
  });
  window.addEventListener("pageshow", function (event) {
    if (event.persisted) show(kept());
  });
  document.addEventListener("DOMContentLoaded", function () {
    var switches = document.querySelectorAll(".themes");
    for (var i = 0; i < switches.length; i++) switches[i].hidden = false;
    show(root.getAttribute("data-theme") || kept());
  });

  document.addEventListener("focus", function (event) {
    var field = event.target;
    var script = field.getAttribute && field.getAttribute("data-script");
    if (!script) return;
    field.removeAttribute("data-script");
    var style = document.createElement("link"), program = document.createElement("script");
    style.rel = "stylesheet";
    style.href = field.getAttribute("data-style");
    program.src = script;
    document.head.appendChild(style);
    document.head.appendChild(program);
  }, true);
})();
