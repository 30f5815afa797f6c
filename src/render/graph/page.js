'use strict';
(() => {
  const byId = id => document.getElementById(id);
  const { nodes, spots, columns, lines, remarks } = JSON.parse(byId('estate').textContent);
  const graph = byId('graph'), timeline = byId('timeline'), panel = byId('panel'), detail = byId('detail');
  const W = 204, H = 42, GAP = 12, ALLEY = 58, LANE = 9, HEAD = 30, MARGIN = 10, ROW = 22, TOP = 44;
  const boxes = [], paths = [], rows = [];
  for (const it of graph.querySelectorAll('.box')) boxes[it.dataset.n] = it;
  for (const it of graph.querySelectorAll('.line')) paths[it.dataset.l] = it;
  for (const it of timeline.querySelectorAll('.row')) rows.push(it);
  const ends = lines.map(l => [spots[l.spots[0]][0], spots[l.spots[l.spots.length - 1]][0]]);
  const onward = nodes.map(() => []), back = nodes.map(() => []);
  ends.forEach(([a, b], i) => { onward[a].push([b, i]); back[b].push([a, i]); });
  const weak = i => lines[i].kind === 'matches' || lines[i].kind === 'differs';

  /* What depends on some nodes, and what they depend on, as the program reckons it. */
  const reach = (seeds, next, strict) => {
    const seen = new Set(), open = [...seeds];
    while (open.length) {
      const n = open.pop();
      if (seen.has(n)) continue;
      seen.add(n);
      for (const [other, line] of next[n]) if (!(strict && weak(line))) open.push(other);
    }
    return seen;
  };
  const around = seeds => new Set([...reach(seeds, back, false), ...reach(seeds, onward, true)]);

  /* Heights as near as possible to the wishes without overlaps: neighbours that clash move together. */
  const settle = (wishes, sizes) => {
    const blocks = [];
    let offset = 0;
    wishes.forEach((wish, i) => {
      blocks.push([wish - offset, 1, 1]);
      offset += sizes[i];
      while (blocks.length > 1 && blocks[blocks.length - 2][0] > blocks[blocks.length - 1][0]) {
        const b = blocks.pop(), a = blocks.pop();
        blocks.push([(a[0] * a[1] + b[0] * b[1]) / (a[1] + b[1]), a[1] + b[1], a[2] + b[2]]);
      }
    });
    const placed = [];
    offset = 0;
    for (const [value, , count] of blocks)
      for (let i = 0; i < count; i++) { placed.push(value + offset); offset += sizes[placed.length - 1]; }
    return placed;
  };
  const size = s => spots[s][0] < 0 ? LANE : H;

  /* Draws what is wanted closer together; empty columns close up. */
  const arrange = wanted => {
    const visibleLine = ends.map(([a, b]) => wanted.has(a) && wanted.has(b));
    const alive = new Set();
    lines.forEach((l, i) => { if (visibleLine[i]) l.spots.forEach(s => alive.add(s)); });
    spots.forEach(([n], s) => { if (n >= 0 && wanted.has(n)) alive.add(s); });
    const full = columns.map(list => list.filter(s => alive.has(s)));
    const has = full.map(list => list.some(s => spots[s][0] >= 0));
    const x = [];
    let next = 0;
    has.forEach((it, c) => { x[c] = it ? next : next - ALLEY - W; if (it) next += W + ALLEY; });
    const links = spots.map(() => []), crowd = spots.map(() => [0, 0]), seen = new Set();
    lines.forEach((l, i) => {
      if (!visibleLine[i]) return;
      for (let k = 1; k < l.spots.length; k++) {
        const [a, b] = [l.spots[k - 1], l.spots[k]];
        const weight = l.light ? .05 : 1;
        if (spots[a][1] === spots[b][1] || seen.has(`${a} ${b}`)) continue;
        seen.add(`${a} ${b}`);
        links[a].push([b, weight, 0]);
        links[b].push([a, weight, 1]);
        crowd[b][0] += weight;
        crowd[a][1] += weight;
      }
    });
    const y = spots.map(() => 0), middle = s => y[s] + size(s) / 2;
    for (const list of full) { let at = 0; for (const s of list) { y[s] = at; at += size(s) + GAP; } }
    for (let round = 0; round < 14; round++) {
      const order = round % 2 ? [...full].reverse() : full;
      for (const list of order) {
        const wishes = list.map(s => {
          let sum = 0, all = 0;
          for (const [o, weight, side] of links[s]) {
            const pull = weight / crowd[o][side];
            sum += middle(o) * pull;
            all += pull;
          }
          return (all ? sum / all : middle(s)) - size(s) / 2;
        });
        settle(wishes, list.map(s => size(s) + GAP)).forEach((at, i) => { y[list[i]] = at; });
      }
    }
    let top = Infinity, bottom = 0;
    alive.forEach(s => { top = Math.min(top, y[s]); });
    alive.forEach(s => { y[s] = Math.round(y[s] - top); bottom = Math.max(bottom, y[s] + size(s)); });
    spots.forEach(([n, c], s) => {
      if (n < 0) return;
      boxes[n].classList.toggle('gone', !wanted.has(n));
      if (wanted.has(n)) boxes[n].setAttribute('transform', `translate(${x[c]} ${y[s]})`);
    });
    const way = l => {
      const first = l.spots[0], last = l.spots[l.spots.length - 1];
      const right = s => x[spots[s][1]] + W;
      if (spots[first][1] >= spots[last][1]) {
        const bow = Math.max(right(first), right(last)) + 34;
        return `M${right(first)} ${middle(first)}C${bow} ${middle(first)} ${bow} ${middle(last)} ${right(last)} ${middle(last)}`;
      }
      let d = `M${right(first)} ${middle(first)}`, from = right(first), height = middle(first);
      for (const s of l.spots.slice(1)) {
        const passes = spots[s][0] < 0;
        if (passes && !has[spots[s][1]]) continue;
        const to = x[spots[s][1]], half = (from + to) / 2;
        d += `C${half} ${height} ${half} ${middle(s)} ${to} ${middle(s)}`;
        if (passes) d += `H${to + W}`;
        from = to + W;
        height = middle(s);
      }
      return d;
    };
    lines.forEach((l, i) => {
      paths[i].classList.toggle('gone', !visibleLine[i]);
      if (visibleLine[i]) paths[i].setAttribute('d', way(l));
    });
    graph.querySelectorAll('.head').forEach((it, c) => {
      it.classList.toggle('gone', !has[c]);
      it.setAttribute('x', x[c]);
    });
    const width = Math.max(next - ALLEY, W) + 2 * MARGIN, height = bottom + HEAD + 2 * MARGIN;
    graph.setAttribute('viewBox', `${-MARGIN} ${-HEAD - MARGIN} ${width} ${height}`);
    graph.setAttribute('width', width);
    graph.setAttribute('height', height);
  };

  const texts = nodes.map(n => [n.title, n.detail, n.kind, n.state, ...n.places, ...n.facts.map(f => f[1]),
    ...n.remarks.map(r => `${remarks[r].rule} ${remarks[r].level}`)].join('\n').toLowerCase());
  let chosen = null, only = null;

  const apply = () => {
    const words = byId('words').value.toLowerCase().split(/\s+/).filter(w => w);
    const level = +byId('level').value, limit = byId('days').value, used = byId('used').checked;
    const fits = (n, i) => words.every(w => texts[i].includes(w)) && n.level >= level
      && (limit === '' || (n.days !== null && n.days <= +limit)) && (!used || n.used);
    const free = !words.length && !level && limit === '';
    let wanted = new Set(nodes.map((_, i) => i).filter(i => fits(nodes[i], i)));
    const count = wanted.size;
    if (!free) wanted = around(wanted);
    if (only !== null) { const near = around([only]); wanted = new Set([...wanted].filter(i => near.has(i))); }
    arrange(wanted);
    let at = 0;
    for (const row of rows) {
      const shown = wanted.has(+row.dataset.n);
      row.classList.toggle('gone', !shown);
      if (shown) row.setAttribute('transform', `translate(0 ${TOP + ROW * at++})`);
    }
    const tall = TOP + ROW * at + 8;
    timeline.setAttribute('viewBox', `0 0 1200 ${tall}`);
    timeline.setAttribute('height', tall);
    byId('shown').textContent = free && only === null && wanted.size === nodes.length ? ''
      : !wanted.size ? 'nothing fits' : free ? `${wanted.size} of ${nodes.length} nodes`
      : `${count} fit, ${wanted.size} of ${nodes.length} nodes with what hangs on them`;
  };

  const add = (parent, name, text, cls) => {
    const it = document.createElement(name);
    if (text !== undefined) it.textContent = text;
    if (cls) it.className = cls;
    parent.append(it);
    return it;
  };
  const told = (parent, text) => {
    const parts = text.split('`');
    if (parts.length % 2) parts.forEach((part, i) => add(parent, i % 2 ? 'code' : 'span', part));
    else parent.textContent = text;
  };
  const mark = n => {
    const near = n === null ? new Set() : around([n]);
    graph.classList.toggle('picked', n !== null);
    boxes.forEach((it, i) => { it.classList.toggle('on', near.has(i)); it.classList.toggle('chosen', i === n); });
    paths.forEach((it, i) => it.classList.toggle('on', near.has(ends[i][0]) && near.has(ends[i][1])));
    rows.forEach(it => it.classList.toggle('chosen', +it.dataset.n === n));
  };
  const words = { issued: 'by signature', 'named-issuer': 'by name', matches: 'key and certificate',
    differs: 'not its key', same: 'the same certificate' };
  const neighbours = (title, list) => {
    if (!list.length) return;
    add(detail, 'h4', title);
    const ul = add(detail, 'ul');
    for (const [other, line] of list.slice(0, 60)) {
      const label = lines[line].label || words[lines[line].kind] || lines[line].kind;
      const button = add(add(ul, 'li'), 'button', `${nodes[other].title}, ${label}`);
      button.type = 'button';
      button.addEventListener('click', () => { choose(other); boxes[other].scrollIntoView({ block: 'nearest', inline: 'nearest' }); });
    }
    if (list.length > 60) add(ul, 'li', `and ${list.length - 60} more`, 'quiet');
  };
  const choose = n => {
    chosen = n;
    mark(n);
    panel.hidden = n === null;
    if (n === null) return;
    const it = nodes[n];
    detail.replaceChildren();
    add(detail, 'h3', it.title);
    add(detail, 'p', [it.kind, it.when || it.detail, it.used ? '' : 'no use seen'].filter(t => t).join(' · '), 'quiet');
    for (const r of it.remarks.slice(0, 40)) {
      const remark = remarks[r], box = add(detail, 'div', undefined, `finding ${remark.level}`);
      told(add(box, 'div'), remark.message);
      if (remark.help) told(add(box, 'div', undefined, 'quiet'), remark.help);
      add(box, 'div', `${remark.at} · ${remark.rule}`, 'quiet path');
    }
    const button = add(detail, 'button', only === n ? 'Show the others again' : 'Show only what hangs on it');
    button.type = 'button';
    button.addEventListener('click', () => { only = only === n ? null : n; apply(); choose(n); });
    if (it.places.length) {
      add(detail, 'h4', it.places.length === 1 ? 'Place' : 'Places');
      const ul = add(detail, 'ul');
      for (const place of it.places.slice(0, 100)) add(ul, 'li', place, 'path');
    }
    if (it.facts.length) {
      add(detail, 'h4', 'Details');
      const dl = add(detail, 'dl');
      for (const [label, value] of it.facts) { add(dl, 'dt', label); add(dl, 'dd', value); }
    }
    neighbours('Depends on', onward[n]);
    neighbours('Depended on by', back[n]);
  };

  const near = (n, dx, dy) => {
    const place = i => boxes[i].getBoundingClientRect(), from = place(n);
    let best = null, least = Infinity;
    const column = dy && boxes.map((b, i) => i).filter(i => Math.abs(place(i).left - from.left) < 2);
    const list = dy ? column : (dx > 0 ? onward : back)[n].map(([o]) => o);
    for (const i of list) {
      if (i === n || boxes[i].classList.contains('gone')) continue;
      const gap = place(i).top - from.top;
      if (dy && Math.sign(gap) !== dy) continue;
      if (Math.abs(gap) < least) { least = Math.abs(gap); best = i; }
    }
    if (best !== null) boxes[best].focus();
  };
  const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  for (const it of [...boxes, ...rows]) {
    if (!it) continue;
    const n = +it.dataset.n;
    it.addEventListener('click', event => { event.stopPropagation(); choose(chosen === n ? null : n); });
    it.addEventListener('keydown', event => {
      if (event.key === 'Enter' || event.key === ' ') { event.preventDefault(); choose(n); }
      if (arrows[event.key] && boxes[n] === it) { event.preventDefault(); near(n, ...arrows[event.key]); }
    });
  }
  for (const row of document.querySelectorAll('tr[data-go]')) {
    const button = document.createElement('button'), n = +row.dataset.go;
    button.type = 'button';
    button.className = 'go';
    button.textContent = 'show';
    button.addEventListener('click', () => {
      only = n;
      byId('controls').reset();
      apply();
      choose(n);
      byId('controls').scrollIntoView({ block: 'start' });
    });
    row.firstElementChild.append(button);
  }
  byId('field').addEventListener('click', () => choose(null));
  byId('close').addEventListener('click', () => choose(null));
  document.addEventListener('keydown', event => { if (event.key === 'Escape') choose(null); });
  byId('controls').hidden = false;
  byId('controls').addEventListener('input', apply);
  byId('controls').addEventListener('submit', event => event.preventDefault());
  byId('all').addEventListener('click', () => {
    byId('controls').reset();
    only = null;
    choose(null);
    apply();
  });
})();
