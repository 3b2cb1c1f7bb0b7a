#include "flashmotion/report/detail/sections.hpp"

namespace flashmotion::report_detail {
namespace page_script_detail {

// Clips of a player begin together and stay in step.
constexpr const char* kPlayers = R"js(
document.querySelectorAll('.player').forEach(function (player) {
  player.querySelectorAll('video[data-like]').forEach(function (video) {
    video.src = document.getElementById(video.dataset.like).src;
  });
  var videos = Array.from(player.querySelectorAll('video'));
  var button = player.querySelector('button'), slider = player.querySelector('input');
  var playing = false;
  function lead() { return videos[0]; }
  function start() {
    var time = lead().ended ? 0 : lead().currentTime;
    videos.forEach(function (video) {
      video.currentTime = time;
      var started = video.play();
      if (started) started.catch(function () {});
    });
  }
  function set(on) {
    playing = on && videos.length > 0;
    button.textContent = playing ? 'Pause' : 'Play';
    if (!playing) return videos.forEach(function (video) { video.pause(); });
    begin(50);
  }
  // All begin together, when each has its frames; one that stays behind is not waited for long.
  function begin(patience) {
    if (!playing) return;
    if (patience > 0 && videos.some(function (video) { return video.readyState < 3; })) {
      return setTimeout(begin, 100, patience - 1);
    }
    start();
    requestAnimationFrame(tick);
  }
  function tick() {
    if (!playing || !videos.length) return;
    var first = lead();
    if (first.ended) start();
    videos.forEach(function (video) {
      if (video !== first && !video.seeking && Math.abs(video.currentTime - first.currentTime) > 0.1) {
        video.currentTime = first.currentTime;
      }
    });
    if (first.duration) slider.value = 1000 * first.currentTime / first.duration;
    requestAnimationFrame(tick);
  }
  videos.slice().forEach(function (video) {
    video.muted = true;
    video.addEventListener('error', function () {
      videos = videos.filter(function (other) { return other !== video; });
      if (videos.length) return;
      set(false);
      button.hidden = slider.hidden = true;
      player.querySelector('.controls .missing').hidden = false;
    });
  });
  button.addEventListener('click', function () { set(!playing); });
  slider.addEventListener('input', function () {
    set(false);
    videos.forEach(function (video) {
      if (video.duration) video.currentTime = slider.value / 1000 * video.duration;
    });
  });
  if (matchMedia('(prefers-reduced-motion: reduce)').matches || !window.IntersectionObserver) return;
  var seen = new IntersectionObserver(function (entries) {
    if (!entries.some(function (entry) { return entry.isIntersecting; })) return;
    seen.disconnect();
    set(true);
  });
  seen.observe(player);
});
)js";

// A line through the point of a chart that is nearest to the pointer or the finger, and its numbers.
constexpr const char* kCharts = R"js(
(function () {
  var charts = Array.from(document.querySelectorAll('.chart'));
  if (!charts.length) return;
  var tip = document.createElement('div'), shown = null;
  tip.className = 'tip';
  tip.setAttribute('role', 'status');
  tip.hidden = true;
  document.body.appendChild(tip);

  function make(chart, name, attributes) {
    var element = document.createElementNS(chart.namespaceURI, name);
    Object.keys(attributes).forEach(function (key) { element.setAttribute(key, attributes[key]); });
    return chart.appendChild(element);
  }
  function places(curve) {
    if (curve.hasAttribute('cx')) return [[+curve.getAttribute('cx'), +curve.getAttribute('cy')]];
    return curve.getAttribute('d').slice(1).split('L').map(function (point) { return point.split(' ').map(Number); });
  }
  function series(chart) {
    return Array.from(chart.querySelectorAll('[data-y]')).map(function (curve) {
      var style = getComputedStyle(curve);
      return {
        name: curve.dataset.name, at: places(curve), steps: curve.dataset.x.split(' '), values: curve.dataset.y.split(' '),
        colour: curve.hasAttribute('cx') ? style.fill : style.stroke
      };
    });
  }
  // Index of the point whose place is nearest to x; places go from left to right.
  function nearest(at, x) {
    var low = 0, high = at.length - 1;
    while (high - low > 1) {
      var middle = low + high >> 1;
      if (at[middle][0] < x) low = middle; else high = middle;
    }
    return x - at[low][0] <= at[high][0] - x ? low : high;
  }
  function hide() {
    if (shown) shown.querySelectorAll('.cross,.spot').forEach(function (mark) { mark.remove(); });
    tip.hidden = true;
    shown = null;
  }
  function line(text, colour, value, near) {
    var row = tip.appendChild(document.createElement('p'));
    if (near) row.className = 'near';
    if (colour) {
      var swatch = row.appendChild(document.createElement('i'));
      swatch.className = 'swatch';
      swatch.style.background = colour;
    }
    row.appendChild(document.createElement('span')).textContent = text;
    if (value) row.appendChild(document.createElement('b')).textContent = value;
  }
  function show(chart, event) {
    hide();
    var box = chart.getBoundingClientRect(), view = chart.viewBox.baseVal;
    var x = (event.clientX - box.left) * view.width / box.width, y = (event.clientY - box.top) * view.height / box.height;
    var found = series(chart).filter(function (one) {
      return x > one.at[0][0] - 12 && x < one.at[one.at.length - 1][0] + 12;
    }).map(function (one) {
      var i = nearest(one.at, x);
      return { name: one.name, colour: one.colour, x: one.at[i][0], y: one.at[i][1], step: one.steps[i], value: one.values[i] };
    });
    if (!found.length) return;
    shown = chart;
    // The curve next to the pointer gives the step.
    var first = found.reduce(function (a, b) { return Math.abs(b.y - y) < Math.abs(a.y - y) ? b : a; });
    found.sort(function (a, b) { return a.y - b.y; });
    make(chart, 'path', { 'class': 'cross', d: 'M' + first.x + ' 10V' + (view.height - 24) });
    tip.textContent = '';
    line('step ' + first.step);
    found.forEach(function (one) {
      make(chart, 'circle', { 'class': 'spot', cx: one.x, cy: one.y, r: one === first ? 4 : 3, fill: one.colour });
      line(one.name + (one.step === first.step ? '' : ' at ' + one.step), one.colour, one.value, one === first);
    });
    tip.hidden = false;
    // Beside the pointer and within the window.
    var left = event.clientX + 14, top = event.clientY - tip.offsetHeight - 10;
    if (left + tip.offsetWidth > document.documentElement.clientWidth - 8) left = event.clientX - tip.offsetWidth - 14;
    tip.style.left = Math.max(8, left) + 'px';
    tip.style.top = Math.max(8, top) + 'px';
  }
  charts.forEach(function (chart) {
    ['pointerdown', 'pointermove'].forEach(function (name) {
      chart.addEventListener(name, function (event) { show(chart, event); });
    });
    // A finger leaves when it is lifted; what it showed stays to be read.
    chart.addEventListener('pointerleave', function (event) { if (event.pointerType !== 'touch') hide(); });
  });
  document.addEventListener('pointerdown', function (event) { if (!event.target.closest('.chart')) hide(); });
  document.addEventListener('scroll', hide, { passive: true });
})();
)js";

// A click on a heading sorts a table by that column, another one the other way round.
constexpr const char* kTables = R"js(
document.querySelectorAll('table.sortable').forEach(function (table) {
  var heads = Array.from(table.tHead.rows[0].cells);
  function key(row, column) {
    var text = row.cells[column].firstChild ? row.cells[column].firstChild.textContent.trim() : '';
    var number = parseFloat(text.replace('\u2212', '-'));
    return isNaN(number) ? text : number;
  }
  heads.forEach(function (head, column) {
    head.tabIndex = 0;
    head.setAttribute('role', 'button');
    function sort() {
      var down = head.getAttribute('aria-sort') === 'ascending';
      heads.forEach(function (other) { other.removeAttribute('aria-sort'); });
      head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
      var body = table.tBodies[0];
      Array.from(body.rows).sort(function (a, b) {
        var x = key(a, column), y = key(b, column), order = x < y ? -1 : x > y ? 1 : 0;
        return down ? -order : order;
      }).forEach(function (row) { body.appendChild(row); });
    }
    head.addEventListener('click', sort);
    head.addEventListener('keydown', function (event) { if (event.key === 'Enter') sort(); });
  });
});
)js";

}  // namespace page_script_detail

std::string page_script() {
  using namespace page_script_detail;
  return std::string(kPlayers) + kCharts + kTables;
}

}  // namespace flashmotion::report_detail
