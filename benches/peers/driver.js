// Repeats a program: for V8 (peers.mjs) and QuickJS (src/main.rs). The value is the timing.
//
// Given: `code`, `answers` (JSON text), `seconds` and `now()` in nanoseconds.
(() => {
  const given = JSON.parse(answers);
  let prints = [];
  const window = {
    alert: (value) => prints.push(String(value)),
    prompt: (text) => (text in given ? given[text] : null),
  };
  const program = new Function('window', code);
  const run = () => {
    prints = [];
    program(window);
  };
  let before = now();
  run();
  const first = now() - before;
  const printed = prints;
  // Several runs at once where one is too short for the clock.
  const group = Math.max(1, Math.min(500, Math.round(1e6 / first)));
  const times = [];
  const end = now() + seconds * 1e9;
  while (times.length < 5 || now() < end) {
    before = now();
    for (let i = 0; i < group; i++) run();
    times.push((now() - before) / group);
  }
  const later = times.slice(times.length >> 1).sort((a, b) => a - b);
  return { first, warm: later[later.length >> 1], runs: times.length * group, prints: printed };
})();
