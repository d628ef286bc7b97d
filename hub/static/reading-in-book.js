/* Runs in a book's framed page, on the books' own host: tells the reading desk which page this is, and lets the desk
   make letters larger and paper dark. The desk does not trust it, nor need it: without it the page reads as printed. */
(function () {
  "use strict";
  if (window.hubPage) return;
  window.hubPage = true;
  var root = document.documentElement;
  var place = /^\/doc-trang\/([^\/]+)\/(.+)$/.exec(location.pathname);
  if (!place) return;
  var hub = location.protocol + "//" + location.host.replace(/^sach\./, "");
  var path;
  try { path = decodeURIComponent(place[2]); } catch (noText) { return; }
  if (window.top === window) {  // opened by itself, in a new tab perhaps: to the desk with it
    location.replace(hub + "/doc/" + place[1] + "/" + place[2] + location.hash);
    return;
  }
  var inner = window.parent !== window.top;  // a frame of the book's own; the page around it sees to night and letters
  if (inner) return;

  /* --- Night: paper and ink change places, pictures stay as they are; a page that is dark by itself is left alone --- */
  var TURNED = "{-webkit-filter:invert(1);filter:invert(1)}", STRAIGHT = "{-webkit-filter:none;filter:none}";
  var PICTURES = "img,video,canvas,object,embed,svg image,[style*='background-image']";
  var NIGHT = "html" + TURNED + PICTURES + TURNED + "img{background-color:#fff}" +
    "@media print{html," + PICTURES + STRAIGHT + "}";
  var style = null, night = false, size = 100;
  function brightness(colour) {
    var parts = /^rgba?\(([\d.]+),\s*([\d.]+),\s*([\d.]+)(?:,\s*([\d.]+))?\)$/.exec(colour);
    if (!parts || (parts[4] !== undefined && Number(parts[4]) < 0.5)) return null;
    return (0.299 * parts[1] + 0.587 * parts[2] + 0.114 * parts[3]) / 255;
  }
  function wanted() {
    if (!night) return "";
    if (!document.body) return NIGHT;
    var ground = brightness(getComputedStyle(document.body).backgroundColor);
    if (ground === null && (!style || style.textContent === NIGHT)) {
      ground = brightness(getComputedStyle(root).backgroundColor);
    }
    if (ground !== null) return ground < 0.4 ? "" : NIGHT;
    var ink = brightness(getComputedStyle(document.body).color);
    return ink !== null && ink > 0.6 ? "" : NIGHT + "html{background-color:#fff}";  // else nothing is there to turn
  }
  function paint() {
    var rules = wanted();
    if (rules && !style) {
      style = document.createElement("style");
      (document.head || root).insertBefore(style, (document.head || root).firstChild);
    }
    if (style && style.textContent !== rules) style.textContent = rules;
  }
  function paintUntilReady() {
    paint();
    if (document.readyState === "loading" && window.requestAnimationFrame) requestAnimationFrame(paintUntilReady);
  }

  /* --- Letters: the whole page is enlarged, so that sizes in pixels grow too, and lines break anew --- */
  function enlarge() {
    if ("zoom" in root.style) root.style.zoom = size === 100 ? "" : String(size / 100);
    else root.style.fontSize = size === 100 ? "" : size + "%";
  }

  var known = /^hub:(\d{2,3}):([01])$/.exec(window.name);
  if (known) { size = Number(known[1]); night = known[2] === "1"; }
  if (night) paintUntilReady();
  if (size !== 100) enlarge();

  /* --- Talking with the desk --- */
  function scroller() { return document.scrollingElement || root; }
  function say(hello) {
    var whole = scroller().scrollHeight - scroller().clientHeight;
    var at = whole > 0 ? Math.min(1, Math.max(0, scroller().scrollTop / whole)) : 0;
    window.parent.postMessage({ hub: "page", key: place[1], path: path, at: at, hello: hello }, hub);
  }
  function go(to) {
    if (typeof to.anchor === "string" && to.anchor.length < 1000) location.replace("#" + to.anchor);
    else if (typeof to.at === "number") {
      scroller().scrollTop = to.at * (scroller().scrollHeight - scroller().clientHeight);
    }
  }
  window.addEventListener("message", function (event) {
    var word = event.data;
    if (event.source !== window.parent || event.origin !== hub || !word || word.hub !== "desk") return;
    size = Number(word.size) || 100;
    night = word.night === true;
    paint();
    enlarge();
    if (word.goTo) {
      if (document.readyState === "complete") go(word.goTo);
      else window.addEventListener("load", function () { setTimeout(function () { go(word.goTo); }, 0); });
    }
  });
  var scrolled = 0;
  window.addEventListener("scroll", function () {
    if (!scrolled) scrolled = setTimeout(function () { scrolled = 0; say(false); }, 1000);
  });
  window.addEventListener("pageshow", function (event) { if (event.persisted) say(true); });
  document.addEventListener("DOMContentLoaded", function () { paint(); say(true); });
  window.addEventListener("load", paint);
  if (document.readyState !== "loading") { paint(); say(true); }

  /* --- Links that leave this book, or lead to what is no page, open in the whole window --- */
  var DOCUMENT = /\.(pdf|epub|mp4|m4v|webm|ogv|mov|mp3|m4a|ogg|oga|opus|wav|zip|docx?|xlsx?|pptx?|odt|ods|odp)$/i;
  document.addEventListener("click", function (event) {
    var at = event.target;
    while (at && at.nodeName && at.nodeName.toLowerCase() !== "a") at = at.parentNode;
    if (!at || typeof at.href !== "string" || !/^https?:$/.test(at.protocol)) return;
    if (at.host !== location.host) {
      at.target = "_top";
      return;
    }
    var to = /^\/(?:doc-)?trang\/([^\/]+)\/(.*)$/.exec(at.pathname);
    if (!to || (to[1] === place[1] && !DOCUMENT.test(at.pathname) && at.pathname.indexOf("/doc-trang/") === 0)) return;
    at.href = hub + "/doc/" + to[1] + "/" + to[2] + at.hash;
    at.target = "_top";
  }, true);
})();
