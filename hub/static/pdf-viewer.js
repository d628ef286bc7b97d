/* Shows a PDF page after page, drawn by pdf.js when they come into sight. Plain ES5: an old phone that cannot run pdf.js
   itself still runs this, and says so. Nothing is asked from anywhere but the hub. */
(function () {
  "use strict";
  var body = document.body, said = body.dataset;
  var bar = document.querySelector(".pdf-bar"), main = document.getElementById("pages");
  var notice = document.getElementById("notice"), file = document.getElementById("file");
  var here = document.getElementById("here"), count = document.getElementById("count");
  var BATCH = 20, MOST_DRAWN = 6, MOST_PIXELS = 4e6, MARGIN = 400;
  var ZOOMS = [1, 1.25, 1.6, 2, 2.6, 3.2];
  var pdf = null, sheets = [], zoom = 0, ratio = 1.414, waiting = false, drawing = 0;

  function tell(words) {
    notice.textContent = words;
    notice.hidden = !words;
    file.hidden = !words;
  }

  function width() {
    return Math.min(main.clientWidth - 16, 900) * ZOOMS[zoom];
  }

  function size(sheet) {
    sheet.box.style.width = width() + "px";
    sheet.box.style.height = width() * sheet.ratio + "px";
  }

  function grow() {
    var stop = Math.min(sheets.length + BATCH, pdf.numPages);
    while (sheets.length < stop) {
      var box = document.createElement("div"), number = sheets.length + 1;
      box.className = "sheet";
      box.setAttribute("role", "img");
      box.setAttribute("aria-label", said.page + " " + number);
      main.appendChild(box);
      var sheet = { box: box, number: number, ratio: ratio, canvas: null, state: "empty", drawnAt: 0, task: null };
      sheets.push(sheet);
      size(sheet);
    }
  }

  function clear(sheet) {
    if (sheet.task) sheet.task.cancel();
    if (sheet.canvas) {
      sheet.canvas.width = sheet.canvas.height = 0; /* gives the memory back at once, on Safari too */
      sheet.box.removeChild(sheet.canvas);
    }
    sheet.canvas = sheet.task = null;
    sheet.state = "empty";
  }

  function draw(sheet) {
    sheet.state = "drawing";
    drawing += 1;
    var wide = width();
    pdf.getPage(sheet.number).then(function (page) {
      var plain = page.getViewport({ scale: 1 });
      sheet.ratio = plain.height / plain.width;
      size(sheet);
      var dots = Math.min(window.devicePixelRatio || 1, 2), scale = (wide * dots) / plain.width;
      scale *= Math.min(1, Math.sqrt(MOST_PIXELS / (plain.width * plain.height * scale * scale)));
      var view = page.getViewport({ scale: scale }), canvas = document.createElement("canvas");
      canvas.width = Math.max(1, Math.floor(view.width));
      canvas.height = Math.max(1, Math.floor(view.height));
      sheet.task = page.render({ canvasContext: canvas.getContext("2d"), viewport: view });
      return sheet.task.promise.then(function () {
        page.cleanup();
        if (sheet.state !== "drawing") return;
        if (sheet.canvas) sheet.box.removeChild(sheet.canvas);
        sheet.box.appendChild(canvas);
        sheet.canvas = canvas;
        sheet.task = null;
        sheet.drawnAt = wide;
        sheet.state = "drawn";
      });
    })["catch"](function (error) {
      sheet.task = null;
      if (error && error.name === "RenderingCancelledException") return;
      sheet.state = "failed";
      sheet.box.textContent = said.broken;
    }).then(function () {
      drawing -= 1;
      if (sheet.state === "drawing") sheet.state = "empty";
      look();
    });
  }

  function look() {
    waiting = false;
    if (!pdf) return;
    var top = bar.offsetHeight, bottom = window.innerHeight, first = 0, near = [], i, at;
    for (i = 0; i < sheets.length; i += 1) {
      at = sheets[i].box.getBoundingClientRect();
      if (!first && at.bottom > top + 40) first = i + 1;
      if (at.bottom > -MARGIN && at.top < bottom + MARGIN) near.push(sheets[i]);
      if (at.top > bottom + MARGIN) break;
    }
    here.textContent = first || sheets.length;
    for (i = 0; i < near.length && drawing < 2; i += 1) {
      if (near[i].state === "empty" || (near[i].state === "drawn" && near[i].drawnAt !== width())) draw(near[i]);
    }
    var drawn = sheets.filter(function (sheet) { return sheet.state === "drawn" && near.indexOf(sheet) < 0; });
    drawn.sort(function (a, b) { return Math.abs(b.number - first) - Math.abs(a.number - first); });
    drawn.slice(0, Math.max(0, drawn.length + near.length - MOST_DRAWN)).forEach(clear);
    if (sheets.length < pdf.numPages && near.indexOf(sheets[sheets.length - 1]) >= 0) {
      grow();
      soon();
    }
  }

  function soon() {
    if (waiting) return;
    waiting = true;
    setTimeout(look, 80);
  }

  function turn(step) {
    var next = Math.max(0, Math.min(ZOOMS.length - 1, zoom + step));
    if (next === zoom) return;
    var place = sheets[Math.max(0, Number(here.textContent) - 1)];
    zoom = next;
    sheets.forEach(size);
    main.classList.toggle("scrolls", zoom > 0);
    if (place) place.box.scrollIntoView();
    soon();
  }

  function failed(error) {
    var name = error && error.name;
    tell(name === "PasswordException" ? said.locked :
      name === "MissingPDFException" || name === "UnexpectedResponseException" ? said.lost : said.broken);
  }

  function start() {
    var library = window.pdfjsLib || window["pdfjs-dist/build/pdf"];
    if (!library) return tell(said.old);
    library.GlobalWorkerOptions.workerSrc = said.worker;
    var task = library.getDocument({
      url: said.file, isEvalSupported: false, enableXfa: false, disableAutoFetch: true, disableStream: true,
      rangeChunkSize: 131072, cMapUrl: said.maps, cMapPacked: true, standardFontDataUrl: said.fonts
    });
    task.onPassword = function () {
      tell(said.locked);
      task.destroy();
    };
    task.promise.then(function (opened) {
      pdf = opened;
      return pdf.getPage(1).then(function (page) {
        var plain = page.getViewport({ scale: 1 });
        ratio = plain.height / plain.width;
        count.textContent = pdf.numPages;
        bar.hidden = false;
        tell("");
        grow();
        look();
      });
    })["catch"](function (error) {
      if (notice.textContent !== said.locked) failed(error);
    });
  }

  tell(notice.textContent);
  if (window.top !== window) document.getElementById("back").hidden = true;
  document.getElementById("smaller").onclick = function () { turn(-1); };
  document.getElementById("larger").onclick = function () { turn(1); };
  window.addEventListener("scroll", soon, { passive: true });
  window.addEventListener("resize", function () {
    sheets.forEach(size);
    soon();
  });
  var program = document.createElement("script");
  program.src = said.program;
  program.onload = start;
  program.onerror = function () { tell(said.lost); };
  document.head.appendChild(program);
})();
