package results

import (
	"fmt"
	"html/template"
	"math"
	"strings"
	"time"
)

// The chart's plan, in SVG units. Above: response time on a log axis; below:
// failures per second, and what was never sent on top of them.
const (
	chartWidth, chartHeight     = 960, 400
	chartLeft, chartRight       = 72, 24 // half of the last second's name stands right of its line
	latencyTop, latencyBottom   = 10, 280
	failuresTop, failuresBottom = 310, 370
)

// second is the result of the requests scheduled within one second.
type second struct {
	p50, p99             float64 // response time, ms; 0 if nothing was sent
	failed, sent, unsent int
}

// perSecond folds the history by the scheduled send time, exactly.
func (r *Run) perSecond() []second {
	var waits [][]time.Duration
	var all []second
	for i := range r.Requests {
		q := &r.Requests[i]
		for n := int(q.Intended / time.Second); len(all) <= n; {
			all, waits = append(all, second{}), append(waits, nil)
		}
		n := int(q.Intended / time.Second)
		if q.Fate == Unsent {
			all[n].unsent++
			continue
		}
		all[n].sent++
		if q.Fate != Answered {
			all[n].failed++
		}
		waits[n] = append(waits[n], q.Response())
	}
	for n, ds := range waits {
		if len(ds) > 0 {
			all[n].p99 = p99(ds).Seconds() * 1000 // which sorts them
			all[n].p50 = ds[(len(ds)+1)/2-1].Seconds() * 1000
		}
	}
	return all
}

// axes convert seconds and milliseconds into positions on the chart.
type axes struct{ seconds, low, high float64 } // low and high are powers of ten, ms

func (a axes) x(s float64) float64 {
	return chartLeft + (chartWidth-chartLeft-chartRight)*min(max(s/a.seconds, 0), 1)
}

func (a axes) y(v float64) float64 {
	share := (math.Log10(max(v, a.low)) - math.Log10(a.low)) / (math.Log10(a.high) - math.Log10(a.low))
	return latencyBottom - (latencyBottom-latencyTop)*min(share, 1)
}

// chart is the run as one SVG picture: response time per second with the faults
// as bands, and failures below. It contains only numbers and escaped names.
func (r *Run) chart() template.HTML {
	all := r.perSecond()
	if len(all) == 0 {
		return ""
	}
	a := axes{seconds: float64(len(all)), low: 1, high: 10}
	most := 1
	for _, s := range all {
		if s.sent > 0 {
			a.low = min(a.low, math.Pow(10, math.Floor(math.Log10(max(s.p50, 0.01)))))
			a.high = max(a.high, math.Pow(10, math.Ceil(math.Log10(max(s.p99, 0.01)))))
		}
		most = max(most, s.failed+s.unsent)
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg viewBox="0 0 %d %d" role="img" aria-label="response time and failures per second">`, chartWidth, chartHeight)
	r.bands(&b, a)
	grid(&b, a)
	line(&b, a, "p99", all, func(s second) float64 { return s.p99 })
	line(&b, a, "p50", all, func(s second) float64 { return s.p50 })
	failures(&b, a, all, most)
	b.WriteString("</svg>")
	return template.HTML(b.String())
}

// bands are the faults, from seen in effect to seen ended.
func (r *Run) bands(b *strings.Builder, a axes) {
	for _, f := range r.Faults {
		if !f.InEffect() {
			continue
		}
		from, to := a.x(f.Effect.Seconds()), a.x(a.seconds)
		if f.Ended > 0 {
			to = a.x(f.Ended.Seconds())
		}
		name := template.HTMLEscapeString(f.Name + " " + strings.Join(f.Targets, ", "))
		fmt.Fprintf(b, `<rect class="fault" x="%.1f" y="%d" width="%.1f" height="%d"><title>%s</title></rect>`,
			from, latencyTop, max(to-from, 1), failuresBottom-latencyTop, name)
		fmt.Fprintf(b, `<text x="%.1f" y="%d">%s</text>`, from+3, latencyTop+12, name)
	}
}

// grid is the axes with their numbers.
func grid(b *strings.Builder, a axes) {
	for v := a.low; v <= a.high*1.01; v *= 10 {
		fmt.Fprintf(b, `<path class="grid" d="M%d %.1fH%d"/><text class="right" x="%d" y="%.1f">%s ms</text>`,
			chartLeft, a.y(v), chartWidth-chartRight, chartLeft-5, a.y(v)+4, strings.TrimSuffix(ms(v), ".0"))
	}
	step := 1.0
	for _, s := range []float64{1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600} {
		if step = s; a.seconds/s <= 12 {
			break
		}
	}
	for s := 0.0; s <= a.seconds; s += step {
		fmt.Fprintf(b, `<path class="grid" d="M%.1f %dV%d"/><text class="middle" x="%.1f" y="%d">%.0f s</text>`,
			a.x(s), latencyTop, failuresBottom, a.x(s), failuresBottom+18, s)
	}
}

// line is one curve; it has a gap where nothing was sent.
func line(b *strings.Builder, a axes, class string, all []second, of func(second) float64) {
	var d strings.Builder
	verb := "M"
	for n, s := range all {
		if s.sent == 0 {
			verb = "M"
			continue
		}
		// Two points, so that each second is a step and a single one is visible.
		fmt.Fprintf(&d, "%s%.1f %.1fH%.1f", verb, a.x(float64(n)), a.y(of(s)), a.x(float64(n+1)))
		verb = "L"
	}
	fmt.Fprintf(b, `<path class="%s" d="%s"/>`, class, d.String())
}

// failures draws one bar per second: failed requests, and above them those never sent.
func failures(b *strings.Builder, a axes, all []second, most int) {
	fmt.Fprintf(b, `<text class="right" x="%d" y="%d">%d/s</text><text class="right" x="%d" y="%d">failed</text>`,
		chartLeft-5, failuresTop+4, most, chartLeft-5, failuresBottom)
	share := float64(failuresBottom-failuresTop) / float64(most)
	bar := func(class, what string, n, from, count int) {
		if count > 0 {
			fmt.Fprintf(b, `<rect class="%s" x="%.1f" y="%.1f" width="%.1f" height="%.1f"><title>%d s: %d %s</title></rect>`,
				class, a.x(float64(n)), failuresBottom-share*float64(from+count), max(a.x(1)-a.x(0)-0.5, 0.5), share*float64(count), n, count, what)
		}
	}
	for n, s := range all {
		bar("failed", "failed", n, 0, s.failed)
		bar("unsent", "never sent", n, s.failed, s.unsent)
	}
}
