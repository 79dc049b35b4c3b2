package targets

import "math"

// curve is a rate as a function of the time in seconds. hits is the integral of
// the rate from 0, and at is its inverse: request n is due at the time at which the
// integral reaches n.
type curve interface {
	rate(t float64) float64
	hits(t float64) float64
	at(n float64) float64
}

// ramp is linear; a constant rate is a ramp with slope 0.
type ramp struct{ from, slope float64 } // slope: change of the rate (1/s) per second

func (c ramp) rate(t float64) float64 { return c.from + c.slope*t }
func (c ramp) hits(t float64) float64 { return (c.from + c.slope*t/2) * t }

// at solves slope/2·t² + from·t = n in the form that neither cancels nor
// divides by a slope of 0.
func (c ramp) at(n float64) float64 {
	if n == 0 {
		return 0
	}
	root := math.Sqrt(max(c.from*c.from+2*c.slope*n, 0))
	return 2 * n / (c.from + root)
}

// step is constant for every seconds, then changes by the same amount each time.
type step struct{ from, by, every float64 }

// stair is the rate of the k-th step, from 0.
func (c step) stair(k float64) float64 { return c.from + k*c.by }

// before is the number of requests in the steps before the k-th: an arithmetic series.
func (c step) before(k float64) float64 { return c.every * k * (c.from + c.by*(k-1)/2) }

func (c step) rate(t float64) float64 { return c.stair(math.Floor(t / c.every)) }

func (c step) hits(t float64) float64 {
	k := math.Floor(t / c.every)
	return c.before(k) + (t-k*c.every)*c.stair(k)
}

// at finds the step by solving the series for k, as if the steps were a ramp, and
// then corrects rounding by checking the neighbours. Decreasing steps contain a
// finite number of requests; later requests are far in the future.
func (c step) at(n float64) float64 {
	base := c.from - c.by/2
	root := math.Sqrt(max(base*base+2*c.by*n/c.every, 0))
	k := 0.0
	if base+root > 0 {
		k = max(math.Floor(2*n/c.every/(base+root)), 0)
	}
	for k > 0 && (c.before(k) > n || c.stair(k) <= 0) {
		k--
	}
	for c.stair(k+1) > 0 && c.before(k+1) <= n {
		k++
	}
	return k*c.every + (n-c.before(k))/c.stair(k)
}

// sine oscillates around a mean and begins at it.
type sine struct{ mean, amplitude, period float64 }

// turn is the angular frequency.
func (c sine) turn() float64 { return 2 * math.Pi / c.period }

func (c sine) rate(t float64) float64 { return c.mean + c.amplitude*math.Sin(c.turn()*t) }

func (c sine) hits(t float64) float64 {
	return c.mean*t + c.amplitude/c.turn()*(1-math.Cos(c.turn()*t))
}

// at has no closed form. It uses Newton's method within a bracket, and bisects
// where Newton's method would leave it. The oscillation adds between 0 and
// 2·amplitude/turn requests to those of the mean, which gives the bracket.
func (c sine) at(n float64) float64 {
	low, high := max((n-2*c.amplitude/c.turn())/c.mean, 0), n/c.mean
	t := (low + high) / 2
	for range 100 { // bisection alone ends after about 60
		miss := c.hits(t) - n
		if miss > 0 {
			high = t
		} else {
			low = t
		}
		next := t - miss/c.rate(t)
		if !(next > low && next < high) { // also where the rate is 0
			next = (low + high) / 2
		}
		if math.Abs(next-t) < 1e-10 { // a tenth of a nanosecond
			return next
		}
		t = next
	}
	return t
}
