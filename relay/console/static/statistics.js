// The statistics page's charts, drawn from the tables behind them: without this script the tables are all there is.
"use strict";

const looks = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const language = document.documentElement.lang;

function series(table) {
  const heads = [...table.tHead.rows[0].cells];
  const rows = [...table.tBodies[0].rows];
  const columns = heads.map((head, at) => ({ head, at })).filter(({ head }) => head.dataset.series);
  return {
    labels: rows.map((row) => row.dataset.label || row.cells[0].textContent.trim()),
    links: rows.map((row) => row.dataset.link || ""),
    columns: columns.map(({ head, at }) => ({
      name: head.dataset.series,
      label: head.dataset.name || head.textContent.trim(),
      values: rows.map((row) => (row.cells[at].dataset.v === undefined ? null : Number(row.cells[at].dataset.v))),
    })),
  };
}

// A reason has the same colour on every page, whichever others there are.
function colour(name) {
  return looks(name === "effectiveness" ? "--accent" : `--chart-${name}`);
}

function dataset(column, isLine) {
  const paint = colour(column.name);
  const few = column.values.length < 40;
  return isLine
    ? { label: column.label, data: column.values, borderColor: paint, backgroundColor: paint, borderWidth: 2, pointRadius: few ? 3 : 0, pointHitRadius: 8, tension: 0 }
    : { label: column.label, data: column.values, backgroundColor: paint, borderColor: looks("--card"), borderWidth: few ? { top: 1 } : 0, maxBarThickness: 72, categoryPercentage: 0.9, barPercentage: few ? 0.9 : 1 };
}

function options(kind, found) {
  const ink = looks("--soft"), line = looks("--line");
  const isRatio = kind === "effectiveness";
  const number = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });
  const percent = { format: (ratio) => `${number.format(100 * ratio)}\u202f%` }; // as the page writes it
  const isBands = kind === "waits"; // all of them are named
  const axis = { ticks: { color: ink, maxRotation: 0, autoSkipPadding: 14 }, grid: { color: line } };
  const x = isBands ? { ...axis, ticks: { color: ink, maxRotation: 60, autoSkip: false } } : axis;
  const y = isRatio ? { ...axis, min: 0, max: 1, ticks: { ...axis.ticks, callback: (value) => percent.format(value) } } : { ...axis, beginAtZero: true, ticks: { ...axis.ticks, precision: 0 } };
  return {
    locale: language,
    animation: false,
    maintainAspectRatio: false,
    interaction: { mode: "index", intersect: false },
    scales: { x: { ...x, stacked: !isRatio, grid: { display: false } }, y: { ...y, stacked: !isRatio } },
    plugins: {
      legend: { display: found.columns.length > 1, position: "bottom", labels: { color: ink, boxWidth: 12, boxHeight: 12 } },
      tooltip: {
        filter: (item) => item.raw !== 0,
        callbacks: isRatio ? { label: (item) => ` ${item.dataset.label}: ${percent.format(item.raw)}` } : {},
      },
    },
    onClick: (_event, met) => {
      const link = met.length && found.links[met[0].index];
      if (link) location.assign(link);
    },
  };
}

function draw(figure) {
  const kind = figure.dataset.chart;
  const found = series(document.getElementById(figure.dataset.table));
  const wanted = figure.dataset.series;
  found.columns = found.columns.filter((each) => (wanted ? each.name === wanted : each.name !== "effectiveness"));
  const isLine = kind === "effectiveness";
  const datasets = found.columns.map((each) => dataset(each, isLine));
  const canvas = figure.querySelector("canvas");
  return new Chart(canvas, { type: isLine ? "line" : "bar", data: { labels: found.labels, datasets }, options: options(kind, found) });
}

const figures = [...document.querySelectorAll("figure[data-chart]")];
let charts = [];
function drawAll() {
  for (const each of charts) each.destroy();
  for (const each of figures) each.hidden = false;
  charts = figures.map(draw);
}

if (figures.length && window.Chart) {
  requestAnimationFrame(() => setTimeout(() => { drawAll(); document.documentElement.dataset.charts = "drawn"; }));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
  for (const [event, isPrinting] of [["beforeprint", true], ["afterprint", false]]) {
    addEventListener(event, () => { document.documentElement.classList.toggle("printing", isPrinting); drawAll(); });
  }
}
