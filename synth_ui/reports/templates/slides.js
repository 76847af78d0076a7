"use strict";
(() => {
  const root = document.documentElement, deck = document.querySelector(".deck");
  const slides = [...document.querySelectorAll(".slide")], rounds = [...document.querySelectorAll(".round")];
  const count = document.querySelector(".count"), bar = document.querySelector(".progress i");
  const score = document.querySelector(".tally"), told = document.querySelector(".told"), more = document.querySelector(".more-rounds");
  let here = 0, round = 0, right = 0;
  const answered = rounds.map(() => false);

  const fit = () => {
    const scale = Math.min(innerWidth / 1280, innerHeight / 720);
    root.style.setProperty("--scale", String(scale));
  };
  const show = (place) => {
    here = Math.max(0, Math.min(slides.length - 1, place));
    slides.forEach((slide, n) => slide.classList.toggle("here", n === here));
    count.textContent = `${here + 1} / ${slides.length}`;
    bar.style.width = `${(100 * (here + 1)) / slides.length}%`;
    slides[here].querySelector("h1").focus({ preventScroll: true });
    deck.scrollTo(0, 0); scrollTo(0, 0);
  };
  const guessing = () => slides[here].classList.contains("quiz") && rounds.length > 0;
  const ask = (place) => {
    round = place;
    rounds.forEach((one, n) => one.classList.toggle("asked", n === round));
    told.textContent = `Round ${round + 1} of ${rounds.length}: which one is real? Press A or B.`;
    more.hidden = true;
  };
  const guess = (left) => {
    if (!rounds.length || answered[round]) return;
    answered[round] = true;
    const good = left === (rounds[round].dataset.real === "A");
    right += good;
    rounds[round].classList.add("done");
    const last = answered.every(Boolean);
    told.textContent = `${good ? "Right" : "Wrong"}: ${rounds[round].dataset.real} is real. ${right} of ${answered.filter(Boolean).length} so far.`;
    more.hidden = last;
    if (last) {
      told.textContent = `${good ? "Right" : "Wrong"}: ${rounds[round].dataset.real} is real.`;
      score.querySelector("b").textContent = `You found ${right} of ${rounds.length}. Guessing finds ${rounds.length / 2}.`;
      score.hidden = false;
      document.body.classList.add("guessed");
    }
  };
  const next = () => {
    if (guessing() && answered[round] && round + 1 < rounds.length) ask(round + 1);
    else show(here + 1);
  };
  const full = () => (document.fullscreenElement ? document.exitFullscreen() : root.requestFullscreen()).catch(() => undefined);

  const look = document.querySelector(".look"), asked = matchMedia("(prefers-color-scheme: dark)");
  const dark = () => (root.dataset.look || (asked.matches ? "dark" : "light")) === "dark";
  const named = () => { look.textContent = dark() ? "Light colours" : "Dark colours"; };
  const turn = () => { root.dataset.look = dark() ? "light" : "dark"; named(); };

  const keys = {
    ArrowRight: next, ArrowDown: next, PageDown: next, " ": next, Enter: next,
    ArrowLeft: () => show(here - 1), ArrowUp: () => show(here - 1), PageUp: () => show(here - 1), Backspace: () => show(here - 1),
    Home: () => show(0), End: () => show(slides.length - 1), f: full, F: full, d: turn, D: turn,
    Escape: () => (document.fullscreenElement ? full() : show(0)),
  };
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if ((event.key === " " || event.key === "Enter") && event.target.closest("button")) return;
    if (guessing() && ["a", "A", "1", "b", "B", "2"].includes(event.key)) { guess("aA1".includes(event.key)); return; }
    if (Object.hasOwn(keys, event.key)) { event.preventDefault(); keys[event.key](); }
  });
  document.querySelector(".next").addEventListener("click", next);
  document.querySelector(".back").addEventListener("click", () => show(here - 1));
  document.querySelector(".whole").addEventListener("click", full);
  look.addEventListener("click", turn);
  asked.addEventListener("change", named);
  rounds.forEach((one) => one.querySelectorAll("button").forEach((side) => side.addEventListener("click", () => guess(side.dataset.side === "A"))));
  if (more) more.addEventListener("click", next);
  let from = null;
  addEventListener("touchstart", (event) => { from = event.touches.length === 1 ? event.touches[0] : null; }, { passive: true });
  addEventListener("touchend", (event) => {
    if (!from) return;
    const across = event.changedTouches[0].clientX - from.clientX, down = event.changedTouches[0].clientY - from.clientY;
    if (Math.abs(across) > 60 && Math.abs(across) > 2 * Math.abs(down)) { if (across < 0) next(); else show(here - 1); }
    from = null;
  });
  addEventListener("resize", fit);
  root.classList.add("live");
  fit(); named(); show(0);
  if (rounds.length) ask(0);
})();
