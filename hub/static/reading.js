/* The reading desk: letters larger or smaller, night, neighbours and memory, all without an account.
   What the framed page says is a stranger's word: nothing but the path of a page of this book is taken from it, seldom,
   and the hub is asked what that page is. */
(function () {
  "use strict";
  var frame = document.getElementById("page");
  var key = frame.getAttribute("data-key"), bookTitle = frame.getAttribute("data-book");
  var origin = frame.getAttribute("data-origin");
  var SIZES = [80, 90, 100, 115, 130, 150, 175, 200], SIZE = "hub.letters", PAPER = "hub.paper", MEMORY = "hub.reading";
  var LONGEST_PATH = 4096, MOST_KEPT = 100, SOON_MS = 250, LATER_MS = 5000, MANY = 20;
  var shown = {
    path: frame.getAttribute("data-path"), address: frame.getAttribute("data-address"),
    title: frame.getAttribute("data-title"), at: 0
  };

  function read(name) { try { return localStorage.getItem(name); } catch (refused) { return null; } }
  function write(name, text) { try { localStorage.setItem(name, text); } catch (refused) { /* for this page only */ } }

  /* --- Memory: where the reader is --- */
  var returning = /[?&]tiep(?:=|&|$)/.test(location.search);
  var left = places()[key];
  var goTo = location.hash ? { anchor: location.hash.slice(1) } : null;
  if (!goTo && returning && left && left.address === shown.address && left.at > 0 && left.at <= 1) goTo = { at: left.at };
  if (goTo && goTo.at) shown.at = goTo.at;
  function places() {  // {book: {address, title, book, at, when}}
    try {
      var kept = JSON.parse(read(MEMORY));
      return kept && typeof kept === "object" ? kept : {};
    } catch (spoilt) { return {}; }
  }
  function remember() {
    var all = places();
    all[key] = { address: shown.address, title: shown.title, book: bookTitle, at: shown.at, when: Date.now() };
    Object.keys(all).sort(function (a, b) { return all[b].when - all[a].when; }).slice(MOST_KEPT).forEach(function (old) {
      delete all[old];
    });
    write(MEMORY, JSON.stringify(all));
  }
  function put(address) { try { history.replaceState(null, "", address); } catch (tooOften) { /* the next time, then */ } }
  if (returning) put(shown.address + location.hash);
  remember();

  /* --- What the framed page is told --- */
  var size = SIZES.indexOf(Number(read(SIZE))) < 0 ? 100 : Number(read(SIZE));
  var darkPhone = window.matchMedia ? matchMedia("(prefers-color-scheme: dark)") : null;
  function isNight() {
    var theme = document.documentElement.getAttribute("data-theme");
    return theme ? theme === "dark" : Boolean(darkPhone && darkPhone.matches);
  }
  function paperIsDark() { return isNight() && read(PAPER) !== "as-printed"; }
  function tell() {
    frame.name = "hub:" + size + ":" + (paperIsDark() ? 1 : 0);
    var words = { hub: "desk", size: size, night: paperIsDark(), goTo: goTo };
    try { frame.contentWindow.postMessage(words, origin === "null" ? "*" : origin); } catch (elsewhere) { /* it will ask */ }
  }

  /* --- What the framed page says --- */
  var heard = null, timer = 0, answeredAt = 0, lookups = [], turn = 0;
  window.addEventListener("message", function (event) {
    var said = event.data;
    if (event.source !== frame.contentWindow || event.origin !== origin) return;
    if (!said || typeof said !== "object" || said.hub !== "page" || said.key !== key) return;
    if (typeof said.path !== "string" || !said.path || said.path.length > LONGEST_PATH) return;
    frame.className = "";
    heard = { path: said.path, at: typeof said.at === "number" && said.at >= 0 && said.at <= 1 ? said.at : 0 };
    if (said.hello === true && Date.now() - answeredAt > SOON_MS) {
      answeredAt = Date.now();
      if (goTo && heard.path !== shown.path) goTo = null;
      tell();
      goTo = null;
    }
    if (!timer) timer = setTimeout(listen, wait());
  });
  function wait() {
    var minuteAgo = Date.now() - 60000;
    lookups = lookups.filter(function (when) { return when > minuteAgo; });
    return lookups.length < MANY ? SOON_MS : LATER_MS;
  }
  function listen() {
    var word = heard;
    timer = 0;
    if (word.path === shown.path) {
      turn++;
      if (shown.at !== word.at) { shown.at = word.at; remember(); }
    } else lookUp(word);
  }
  function lookUp(word) {
    var mine = ++turn, ask = new XMLHttpRequest();
    lookups.push(Date.now());
    try { ask.open("GET", "/api/doc/" + key + "?trang=" + encodeURIComponent(word.path)); } catch (noText) { return; }
    ask.onload = function () {
      if (mine !== turn || ask.status !== 200) return;
      var page = JSON.parse(ask.responseText);
      if (!isHere(page.address)) return;
      shown = { path: page.path, address: page.address, title: page.title, at: word.at };
      document.title = page.title + " · " + bookTitle;
      document.getElementById("title").textContent = page.title;
      link("before", page.previous);
      link("after", page.next);
      put(page.address);
      remember();
    };
    ask.send();
  }
  function isHere(address) {
    var link = document.createElement("a");
    link.href = address;
    return link.host === location.host && link.pathname.indexOf("/doc/" + key + "/") === 0;
  }
  function link(id, target) {
    var at = document.getElementById(id), is = target && isHere(target.address);
    if (is) { at.setAttribute("href", target.address); at.removeAttribute("aria-disabled"); }
    else { at.removeAttribute("href"); at.setAttribute("aria-disabled", "true"); }
    at.querySelector(".away").textContent = is ? target.title : "";
  }

  /* --- Letters and night --- */
  var sheet = document.getElementById("letters"), number = document.getElementById("size");
  var paper = document.getElementById("paper");
  function showSettings() {
    var place = SIZES.indexOf(size);
    number.textContent = size + " %";
    document.getElementById("smaller").disabled = place === 0;
    document.getElementById("larger").disabled = place === SIZES.length - 1;
    paper.checked = read(PAPER) !== "as-printed";
    document.getElementById("paper-choice").hidden = !isNight();
  }
  function step(by) {
    size = SIZES[Math.min(SIZES.length - 1, Math.max(0, SIZES.indexOf(size) + by))];
    write(SIZE, String(size));
    changed();
  }
  function changed() { showSettings(); tell(); }
  document.getElementById("smaller").onclick = function () { step(-1); };
  document.getElementById("larger").onclick = function () { step(1); };
  paper.onchange = function () { write(PAPER, paper.checked ? "dark" : "as-printed"); changed(); };
  sheet.hidden = false;
  document.addEventListener("keydown", function (event) {
    if (event.key === "Escape" && sheet.open) { sheet.open = false; sheet.querySelector("summary").focus(); }
  });
  if (window.MutationObserver) {
    new MutationObserver(changed).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  }
  if (darkPhone && darkPhone.addListener) darkPhone.addListener(changed);
  showSettings();

  /* In the dark, the page is shown once it knows of it, or has loaded without a word: no flash of white paper. */
  frame.name = "hub:" + size + ":" + (paperIsDark() ? 1 : 0);
  if (paperIsDark()) {
    frame.className = "waiting";
    frame.addEventListener("load", function () { frame.className = ""; });
    setTimeout(function () { frame.className = ""; }, 4000);
  }
})();
