/* Keeps the place in the film on the television's pages: asks the hub every few seconds while the page is seen, moves
   the bar in between, and loads the page anew when something else has changed, unless somebody is
   typing, who is told instead. And the technician's picture of the television: again every few seconds. */
(function () {
  "use strict";
  var picture = document.querySelector("img[data-again]");
  if (picture) {
    setInterval(function () {
      if (!document.hidden && picture.complete) picture.src = picture.getAttribute("src").split("?")[0] + "?" + Date.now();
    }, 1000 * picture.getAttribute("data-again"));
  }
})();
(function () {
  "use strict";
  var card = document.getElementById("now");
  if (!card || !window.fetch) return;
  var from = card.getAttribute("data-from"), everyMs = 1000 * card.getAttribute("data-every");
  var key = card.getAttribute("data-key"), playing = card.getAttribute("data-playing") === "1";
  var positionMs = +card.getAttribute("data-position"), lengthMs = +card.getAttribute("data-length");
  var seenAt = Date.now(), timer = 0, failures = 0;
  var bar = card.querySelector("progress"), clock = card.querySelector("[data-clock]");
  var changed = card.querySelector("[data-changed]");

  function two(number) { return number < 10 ? "0" + number : "" + number; }

  function show() {
    var ms = positionMs + (playing ? Date.now() - seenAt : 0);
    if (lengthMs && ms > lengthMs) ms = lengthMs;
    if (bar) bar.value = ms;
    if (!clock) return;
    var seconds = Math.floor(ms / 1000), hours = Math.floor(seconds / 3600), minutes = Math.floor(seconds / 60) % 60;
    clock.textContent = (hours ? hours + ":" + two(minutes) : minutes) + ":" + two(seconds % 60);
  }

  function isTyping() {
    var at = document.activeElement;
    if (at && /^(input|textarea|select)$/i.test(at.tagName)) return true;
    var fields = document.querySelectorAll("main input:not([type=hidden]), main textarea");
    for (var i = 0; i < fields.length; i++) if (fields[i].value !== fields[i].defaultValue) return true;
    return false;
  }

  function wait() {
    clearTimeout(timer);
    if (!document.hidden) timer = setTimeout(ask, everyMs * Math.min(8, 1 + failures));
  }

  function ask() {
    fetch(from, { credentials: "same-origin", cache: "no-store" }).then(function (answer) {
      if (!answer.ok) throw new Error(answer.status);
      return answer.json();
    }).then(function (now) {
      failures = 0;
      if (now.key !== key && !isTyping()) { location.replace(location.pathname); return; }
      if (changed) changed.hidden = now.key === key;
      playing = now.playing; positionMs = now.position_ms; lengthMs = now.length_ms; seenAt = Date.now();
      show();
      wait();
    }).catch(function () { failures += 1; wait(); });
  }

  document.addEventListener("visibilitychange", function () {
    clearTimeout(timer);
    if (!document.hidden) ask();
  });
  setInterval(function () { if (playing && !document.hidden) show(); }, 1000);
  wait();
})();
