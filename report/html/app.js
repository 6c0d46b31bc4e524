'use strict';
// The page of a report: a table of verdicts and, for one program at a time, the verifier's course. Data stands in the page as JSON,
// a script element a program, and is read when the program is shown. Rows of steps exist only while they are in sight.
const ROW = 20, REGS = 11, PLACES = REGS + 64, EVERY = 512;
const RESUMED = 1, ON_PATH = 2, FORK = 4, PRUNED = 8, ENDS = 16, ENTER = 32;
const $ = id => document.getElementById(id);
const read = id => JSON.parse($(id).textContent);
const run = read('run');
let program = null, index = -1, current = 0, shown = null, hits = null, hit_values = null;

function make(tag, cls, text) {
  const e = document.createElement(tag);
  if (cls) e.className = cls;
  if (text !== undefined) e.textContent = text;
  return e;
}

// The steps of a program: bytes of variable length numbers (report/html.cc), unpacked into typed arrays, with the whole state kept at
// every 512th step so that any step's state is near.
function unpack(text, count) {
  const raw = atob(text), bytes = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) bytes[i] = raw.charCodeAt(i);
  let at = 0;
  const number = () => {
    let v = 0, scale = 1;
    for (;;) {
      const b = bytes[at++];
      v += (b & 127) * scale;
      if (b < 128) return v;
      scale *= 128;
    }
  };
  const s = {count, insn: new Uint32Array(count), flags: new Uint8Array(count), frame: new Uint8Array(count), before: new Int32Array(count),
             first: new Uint32Array(count + 1), place: [], value: [], keys: [], resumed: new Map(), waiting: new Uint32Array(count)};
  const state = new Uint32Array(PLACES);
  let insn = -1, waiting = 0;
  for (let i = 0; i < count; i++) {
    const z = number();
    insn = insn + 1 + (z & 1 ? -(z + 1) / 2 : z / 2);
    const f = number();
    s.insn[i] = insn;
    s.flags[i] = f & 63;
    s.frame[i] = f >> 6;
    s.before[i] = i - 1;
    if (f & RESUMED || f & ENTER) {
      const d = number();
      s.before[i] = d ? i - d : -1;
      if (d) s.resumed.set(i - d, i);
    }
    if (f & RESUMED) waiting = Math.max(0, waiting - 1);
    if (f & FORK) waiting++;
    s.waiting[i] = waiting;
    for (let n = number(); n > 0; n--) {
      const p = bytes[at++], v = number();
      s.place.push(p);
      s.value.push(v);
      state[p] = v;
    }
    s.first[i + 1] = s.place.length;
    if (i % EVERY === 0) s.keys.push(state.slice());
  }
  return s;
}

function state_at(s, i) {
  const key = Math.floor(i / EVERY), state = s.keys[key].slice();
  for (let k = s.first[key * EVERY + 1], end = s.first[i + 1]; k < end; k++) state[s.place[k]] = s.value[k];
  return state;
}

const follows = (s, i) => i + 1 < s.count && s.before[i + 1] === i ? i + 1 : s.resumed.get(i) ?? -1;
const place_name = p => p < REGS ? 'r' + p : 'fp-' + (p - REGS + 1) * 8;

// --- programs against kernels

const CELLS = [['–', 'excused'], ['✓', 'accept'], ['✗', 'reject'], ['?', 'unsupported']];  // by Cell::Kind (report/matrix.h)
let sorted_by = -1, descending = false;  // -1: as they were judged; 0: object, 1: program, 2 on: kernels

function show_matrix() {
  const m = run.matrix;
  if (!m) return;
  $('matrix').hidden = false;
  $('conclusion').textContent = m.conclusion;
  for (const g of m.gaps) $('gaps').append(make('li', '', `${m.columns[g.column].label}: ${g.why}`));
  const table = make('table'), head = table.createTHead().insertRow();
  [{label: 'object'}, {label: 'program'}, ...m.columns].forEach((c, i) => {
    const th = make('th', '', c.label);
    if (c.file) th.title = `${c.name}: ${c.file}`;
    th.tabIndex = 0;
    const sort = () => {
      descending = sorted_by === i && !descending;
      sorted_by = i;
      fill_matrix();
    };
    th.addEventListener('click', sort);
    th.addEventListener('keydown', e => { if (e.key === 'Enter') sort(); });
    head.append(th);
  });
  table.createTBody();
  $('grid').append(table);
  fill_matrix();
}

function fill_matrix() {
  const m = run.matrix, wanted = $('filter').value.trim().toLowerCase();
  const key = row => sorted_by === 0 ? row.object : sorted_by === 1 ? row.program : CELLS.length - row.cells[sorted_by - 2][0];
  const rows = m.rows.filter(row => (row.object + ' ' + row.program).toLowerCase().includes(wanted) &&
    (!$('differing').checked || row.cells.some(c => c[0] !== row.cells[0][0])) && (!$('refused').checked || row.cells.some(c => c[0] === 2)));
  if (sorted_by >= 0) rows.sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0) * (descending ? -1 : 1));
  [...$('grid').querySelectorAll('thead th')].forEach((th, i) => th.ariaSort = i === sorted_by ? (descending ? 'descending' : 'ascending') : null);
  $('grid').querySelector('tbody').replaceChildren(...rows.map(row => {
    const tr = make('tr');
    tr.append(make('td', '', row.object), make('td', '', row.program));
    row.cells.forEach(([kind, defect, fails, result], i) => {
      const td = make('td', 'cell ' + (kind === 2 && !fails ? 'excused' : CELLS[kind][1]), CELLS[kind][0] + (defect ? ' ' + defect : ''));
      td.title = `${row.program} on ${m.columns[i].label}` + (result === null ? ': not judged' : run.programs[result].message ? ': ' + run.programs[result].message : '');
      if (result !== null) td.addEventListener('click', () => open_program(result));
      tr.append(td);
    });
    return tr;
  }));
}

// --- verdicts

function show_verdicts() {
  const counts = run.summary;
  $('summary').textContent = `${counts.accepted} accepted, ${counts.rejected} rejected, ${counts.unsupported} not modelled; ` + run.targets.map(t => t.name + (t.simulated_as ? ` (not modelled: simulated as ${t.simulated_as})` : '')).join(', ');
  const table = make('table'), head = table.createTHead().insertRow();
  for (const name of ['verdict', 'object', 'program', 'type', 'target', 'instructions', 'processed', 'what the kernel says']) head.append(make('th', '', name));
  const body = table.createTBody();
  run.programs.forEach((p, i) => {
    const row = body.insertRow();
    row.id = 'v' + i;
    row.append(make('td', 'verdict ' + (p.fails || p.verdict !== 'reject' ? p.label : 'excused'), p.label));
    for (const text of [p.object, p.name, p.type, p.target + (p.simulated_as ? ` (simulated as ${p.simulated_as})` : '')]) row.append(make('td', '', text));
    for (const n of [p.insns, p.processed]) row.append(make('td', 'n', n < 0 ? '' : n.toLocaleString('en')));
    row.append(make('td', '', [p.message, ...[p.standing, p.tried].filter(Boolean).map(w => `(${w})`)].filter(Boolean).join(' ')));
    row.addEventListener('click', () => open_program(i));
  });
  $('verdicts').append(table);
  if (run.advice.length) {
    const list = make('ul');
    for (const a of run.advice) list.append(make('li', '', a));
    $('advice').append(make('h2', '', 'Advice'), list);
    $('advice').hidden = false;
  }
}

// --- one program

function open_program(i, step) {
  if (i < 0 || i >= run.programs.length) return;
  if (index >= 0) $('v' + index).classList.remove('chosen');
  $('v' + i).classList.add('chosen');
  $('v' + i).scrollIntoView({block: 'nearest'});
  index = i;
  const head = run.programs[i];
  program = {...read('p' + i), head};
  program.steps = unpack(program.packed, program.count);
  delete program.packed;
  program.first_hit = null;
  prepare();
  $('program').hidden = false;
  $('program').classList.toggle('passed', head.verdict === 'accept');
  $('title').textContent = `${head.name} (${head.section}) on ${head.target}${head.simulated_as ? `, simulated as ${head.simulated_as}` : ''}`;
  $('message').textContent = (head.message || (head.verdict === 'accept' ? 'accepted' : '')) + (head.tried ? ` (${head.tried})` : '');
  $('message').className = head.verdict;
  $('only').checked = false;
  show_diagnostic();
  show_code();
  filter();
  search($('search').value);
  go(step ?? (head.verdict === 'reject' ? program.steps.count - 1 : 0));
}

function prepare() {
  const s = program.steps;
  program.causes = new Set(program.cause);
  program.notes = new Map();
  for (const [step, text] of program.remarks) program.notes.set(step, [...(program.notes.get(step) ?? []), text]);
  program.path = [];
  for (let i = 0; i < s.count; i++) if (s.flags[i] & ON_PATH) program.path.push(i);
  program.cause_insns = new Set(program.cause.map(i => s.insn[i]));
}

function show_diagnostic() {
  const d = program.diagnostic, box = $('diagnostic');
  box.replaceChildren();
  if (!d) return;
  const left = make('div'), right = make('div');
  left.append(make('h4', '', d.code ? `${d.title} [${d.code}]` : d.title), make('p', '', d.reason));
  if (d.excerpt.length) {
    left.append(make('h4', '', `${d.file}:${d.line}, in ${d.function}()`));
    const pre = make('div', 'excerpt');
    for (const [line, text] of d.excerpt) pre.append(make('span', line === d.line ? 'here' : '', `${String(line).padStart(5)}  ${text}\n`));
    left.append(pre);
  }
  for (const v of d.values) left.append(make('p', '', v));
  if (d.path.length) {
    const list = make('ol');
    for (const e of d.path) {
      const item = make('li');
      item.append(make('code', '', e.line ? `${e.line}: ${e.text}` : `instruction ${e.insn}`));
      for (const w of e.words) item.append(make('div', '', w));
      if (e.step >= 0) {
        const link = make('a', '', 'show this step');
        link.href = `#p${index}.s${e.step}`;
        item.append(link);
      }
      list.append(item);
    }
    right.append(make('h4', '', 'How it came to this'), list);
    if (d.left_out) right.append(make('p', '', `${d.left_out} more steps in between are left out.`));
  }
  if (d.suggestion) right.append(make('h4', '', 'What to change'), make('p', '', d.suggestion));
  box.append(left, right);
}

function code_row(cls, no, text, hits_text) {
  const row = make('div', 'row ' + cls);
  row.append(make('span', 'no', no), make('span', 'text', text));
  if (hits_text) row.append(make('span', 'hits', hits_text));
  return row;
}

function show_code() {
  const code = $('code'), source = $('source');
  const functions = new Map(program.functions);
  const rows = [];
  program.code_rows = [];
  program.code.forEach(([text, , visits], i) => {
    if (functions.has(i)) rows.push(code_row('func', '', functions.get(i) + '()'));
    const row = code_row(program.cause_insns.has(i) ? 'cause' : '', i, text, visits ? 'x' + visits : '');
    row.title = visits ? `simulated ${visits} times` : 'never simulated: dead code, or reached after the end';
    row.addEventListener('click', () => next_at(k => program.steps.insn[k] === i));
    program.code_rows.push(row);
    rows.push(row);
  });
  code.replaceChildren(...rows);
  const lines = [];
  program.line_rows = [];
  let before = null;
  program.source.forEach(([file, line, text, linked], i) => {
    if (!before || before[0] !== file) lines.push(code_row('func', '', program.files[file]));
    else if (line > before[1] + 1) lines.push(code_row('gap', '', '...'));
    before = [file, line];
    const row = code_row('', line, text.replaceAll('\t', '    '));
    if (linked) row.addEventListener('click', () => next_at(k => program.code[program.steps.insn[k]][1] === i));
    program.line_rows.push(row);
    lines.push(row);
  });
  for (const i of program.cause_insns) program.line_rows[program.code[i][1]]?.classList.add('cause');
  source.replaceChildren(...lines);
  if (!program.source.length) source.replaceChildren(make('div', 'note', 'The object has no line information: compile with -g.'));
}

/// The next step from here on for which the test holds, round the end.
function next_at(test, backwards) {
  const n = program.steps.count;
  for (let k = 1; k <= n; k++) {
    const i = (current + (backwards ? n - k : k)) % n;
    if (test(i)) return go(i);
  }
}

// --- the list of steps

function filter() {
  shown = $('only').checked ? program.path : null;
  $('rows').style.height = (shown ? shown.length : program.steps.count) * ROW + 'px';
  $('rows').replaceChildren();
  draw();
}

function position_of(step) {
  if (!shown) return step;
  let low = 0, high = shown.length;
  while (low < high) {
    const mid = (low + high) >> 1;
    if (shown[mid] < step) low = mid + 1;
    else high = mid;
  }
  return Math.min(low, shown.length - 1);
}

function step_row(at, i) {
  const s = program.steps, f = s.flags[i], insn = s.insn[i];
  const row = make('div', 'row');
  row.style.top = at * ROW + 'px';
  row.dataset.step = i;
  if (f & ON_PATH) row.classList.add('path');
  if (program.causes.has(i)) row.classList.add('cause');
  if (i === current) row.classList.add('current');
  if (is_hit(i)) row.classList.add('hit');
  row.append(make('span', 'side'), make('span', 'no', i + program.first_step));
  const tag = (cls, text, title) => {
    const t = make('span', 'tag ' + cls, text);
    t.title = title;
    row.append(t);
  };
  if (f & ENTER) tag('enter', 'start', 'the verifier begins a function');
  if (f & RESUMED) tag('resume', 'resume', 'a branch that was put aside is resumed');
  row.append(make('span', 'text', `${'  '.repeat(s.frame[i])}${insn}: ${program.code[insn][0]}`));
  if (f & FORK) tag('fork', 'branch', `the other side is put aside; ${s.waiting[i]} wait`);
  if (f & PRUNED) tag('prune', 'pruned', 'the state that comes next is one that has passed already');
  if (f & ENDS) tag('end', 'end', 'this path ends and is fine');
  if (i === s.count - 1 && program.head.verdict === 'reject') tag('fail', 'refused', program.head.message);
  return row;
}

function draw() {
  if (!program) return;
  const box = $('steps'), total = shown ? shown.length : program.steps.count;
  const from = Math.max(0, Math.floor(box.scrollTop / ROW) - 10), to = Math.min(total, from + Math.ceil(box.clientHeight / ROW) + 20);
  const rows = [];
  for (let at = from; at < to; at++) rows.push(step_row(at, shown ? shown[at] : at));
  $('rows').replaceChildren(...rows);
}

function keep_in_sight(box, top) {
  if (top < box.scrollTop + ROW || top > box.scrollTop + box.clientHeight - 2 * ROW) box.scrollTop = Math.max(0, top - box.clientHeight / 2);
}

function go(i, keep_url) {
  if (!program || !program.steps.count) return show_empty();
  const s = program.steps;
  current = Math.max(0, Math.min(s.count - 1, i));
  keep_in_sight($('steps'), position_of(current) * ROW);
  draw();
  for (const e of document.querySelectorAll('#code .current, #source .line')) e.classList.remove('current', 'line');
  const insn = s.insn[current], code = program.code_rows[insn], line = program.line_rows[program.code[insn][1]];
  code.classList.add('current');
  keep_in_sight($('code'), code.offsetTop);
  if (line) {
    line.classList.add('line');
    keep_in_sight($('source'), line.offsetTop);
  }
  show_state();
  $('position').textContent = `step ${(current + program.first_step).toLocaleString('en')} of ${(program.first_step + s.count - 1).toLocaleString('en')}`;
  if (!keep_url) history.replaceState(null, '', `#p${index}.s${current}`);
}

function show_empty() {
  current = 0;
  $('position').textContent = 'the verifier did not get as far as the first instruction';
  $('state').replaceChildren();
  history.replaceState(null, '', `#p${index}`);
}

function show_state() {
  const s = program.steps, box = $('state'), parts = [];
  const next = follows(s, current), now = state_at(s, current), then = next >= 0 ? state_at(s, next) : null;
  const insn = s.insn[current];
  parts.push(make('div', 'note', `${insn}: ${program.code[insn][0]}`));
  for (const text of program.notes.get(current) ?? []) parts.push(make('div', 'note', text));
  const jump = (text, to) => {
    const b = make('a', 'jump', text);
    b.href = `#p${index}.s${to}`;
    const holder = make('div', 'jump');
    holder.append(b);
    parts.push(holder);
  };
  const other = s.resumed.get(current);
  if (s.flags[current] & FORK && other !== undefined) jump(`the other side is resumed at step ${other + program.first_step}`, other);
  if (s.flags[current] & RESUMED && s.before[current] >= 0) jump(`this branch was put aside at step ${s.before[current] + program.first_step}`, s.before[current]);
  const table = make('table'), head = table.createTHead().insertRow();
  for (const t of ['', 'before', next >= 0 ? 'after' : s.flags[current] & PRUNED ? 'after: pruned' : s.flags[current] & ENDS ? 'after: the path ends' : 'after: refused']) head.append(make('th', '', t));
  const body = table.createTBody();
  for (let p = 0; p < PLACES; p++) {
    const a = now[p], b = then ? then[p] : 0;
    if (!a && !b) continue;
    const row = body.insertRow();
    row.append(make('td', '', place_name(p)));
    const cell = (v, changed) => {
      const td = make('td', changed ? 'changed' : '', program.values[v][0]);
      td.append(make('span', 'words', program.values[v][1]));
      row.append(td);
    };
    cell(a, false);
    if (!then) row.append(make('td'));
    else if (a === b) row.append(make('td', '', '='));
    else cell(b, true);
  }
  parts.push(table);
  box.replaceChildren(...parts);
}

// --- search

function search(text) {
  hits = hit_values = null;
  $('found').textContent = '';
  const q = text.trim().toLowerCase();
  if (q && program && program.steps.count) {
    const has = t => t.toLowerCase().includes(q);
    hits = program.code.map(([t, line]) => has(t) || (line >= 0 && has(program.source[line][2])));
    hit_values = new Set();
    program.values.forEach(([notation, words], v) => { if (has(notation) || has(words)) hit_values.add(v); });
    let n = 0;
    for (let i = 0; i < program.steps.count; i++) n += is_hit(i);
    $('found').textContent = n.toLocaleString('en') + (n === 1 ? ' step' : ' steps');
  }
  draw();
}

function is_hit(i) {
  if (!hits) return false;
  const s = program.steps;
  if (hits[s.insn[i]]) return true;
  for (let k = s.first[i]; k < s.first[i + 1]; k++) if (hit_values.has(s.value[k])) return true;
  return false;
}

// --- moving about

const moves = {
  first: () => go(0),
  last: () => go(program.steps.count - 1),
  next: () => go(shown ? shown[Math.min(position_of(current) + 1, shown.length - 1)] : current + 1),
  back: () => go(shown ? shown[Math.max(position_of(current) - 1, 0)] : current - 1),
  over: () => { const n = follows(program.steps, current); if (n >= 0) go(n); },
  under: () => { const b = program.steps.before[current]; if (b >= 0) go(b); },
  branch: () => next_at(i => program.steps.flags[i] & (FORK | RESUMED | PRUNED)),
  branch_back: () => next_at(i => program.steps.flags[i] & (FORK | RESUMED | PRUNED), true),
  cause: () => next_at(i => program.causes.has(i)),
  cause_back: () => next_at(i => program.causes.has(i), true),
  failure: () => { if (program.head.verdict === 'reject') go(program.steps.count - 1); },
  hit: () => next_at(is_hit),
  hit_back: () => next_at(is_hit, true),
};
const keys = {j: 'next', ArrowDown: 'next', k: 'back', ArrowUp: 'back', l: 'over', ArrowRight: 'over', h: 'under', ArrowLeft: 'under', b: 'branch', B: 'branch_back', c: 'cause',
              C: 'cause_back', f: 'failure', Home: 'first', End: 'last', n: 'hit', N: 'hit_back'};

function set_theme(theme) {
  document.documentElement.dataset.theme = theme;
  try { localStorage.setItem('bpfcheck-theme', theme); } catch { /* a page from a file may have no storage */ }
}
const other_theme = () => set_theme(document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark');

document.addEventListener('keydown', e => {
  if (e.ctrlKey || e.metaKey || e.altKey) return;
  if (e.target === $('filter') || e.target.closest?.('#grid')) return;
  if (e.target === $('search')) {
    if (e.key === 'Enter') { moves[e.shiftKey ? 'hit_back' : 'hit'](); e.preventDefault(); }
    if (e.key === 'Escape') $('search').blur();
    return;
  }
  if (e.key === '/') $('search').focus();
  else if (e.key === 't') other_theme();
  else if (e.key === '?') $('help').showModal();
  else if (e.key === '[') open_program(index - 1);
  else if (e.key === ']') open_program(index + 1);
  else if (keys[e.key] && program && program.steps.count && !$('help').open) moves[keys[e.key]]();
  else return;
  e.preventDefault();
});
$('bar').addEventListener('click', e => { if (e.target.dataset.go && program.steps.count) moves[e.target.dataset.go](); });
$('rows').addEventListener('click', e => { const row = e.target.closest('.row'); if (row) go(+row.dataset.step); });
$('steps').addEventListener('scroll', draw, {passive: true});
addEventListener('resize', draw);
$('only').addEventListener('change', () => { filter(); go(shown && shown.length ? shown[position_of(current)] : current); });
$('search').addEventListener('input', e => search(e.target.value));
for (const id of ['filter', 'differing', 'refused']) $(id).addEventListener('input', fill_matrix);
$('theme').addEventListener('click', other_theme);
$('keys').addEventListener('click', () => $('help').showModal());

function from_url() {
  const m = /^#p(\d+)(?:\.s(\d+))?$/.exec(location.hash);
  if (!m) return false;
  const step = m[2] === undefined ? undefined : +m[2];
  if (+m[1] === index) go(step ?? 0, true);
  else open_program(+m[1], step);
  return index >= 0;
}
addEventListener('hashchange', from_url);

let theme = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
try { theme = localStorage.getItem('bpfcheck-theme') ?? theme; } catch { /* see above */ }
document.documentElement.dataset.theme = theme;
show_matrix();
show_verdicts();
if (!from_url()) open_program(Math.max(0, run.programs.findIndex(p => p.label !== 'accept')));
globalThis.opened = performance.now();
