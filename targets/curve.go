package targets

import "math"

// curve is a rate as a function of the time in seconds. Request n leaves at the
// instant at which n requests' worth of the rate has gone by, so hits is the
// integral of the rate from 0, and at its inverse.
type curve interface {
	rate(t float64) float64
	hits(t float64) float64
	at(n float64) float64
}

// ramp is linear; a constant rate is a ramp with slope 0.
type ramp struct{ from, slope float64 } // slope: per second, each second

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

// step is constant for a while, then changes by as much again and again.
type step struct{ from, by, every float64 }

// stair is the rate of the k-th step, from 0.
func (c step) stair(k float64) float64 { return c.from + k*c.by }

// before is how many requests the steps before the k-th hold: an arithmetic series.
func (c step) before(k float64) float64 { return c.every * k * (c.from + c.by*(k-1)/2) }

func (c step) rate(t float64) float64 { return c.stair(math.Floor(t / c.every)) }

func (c step) hits(t float64) float64 {
	k := math.Floor(t / c.every)
	return c.before(k) + (t-k*c.every)*c.stair(k)
}

// at finds the step by solving the series for k, as if steps were a ramp, and
// then looks left and right for what rounding did. Steps that go down hold only
// so many requests; those beyond are far in the future.
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

// sine swings around a mean and begins at it.
type sine struct{ mean, amplitude, period float64 }

// turn is the angular frequency.
func (c sine) turn() float64 { return 2 * math.Pi / c.period }

func (c sine) rate(t float64) float64 { return c.mean + c.amplitude*math.Sin(c.turn()*t) }

func (c sine) hits(t float64) float64 {
	return c.mean*t + c.amplitude/c.turn()*(1-math.Cos(c.turn()*t))
}

// at has no closed form: Newton's method, kept within a bracket that is halved
// where Newton would leave it. The swing adds between 0 and 2·amplitude/turn
// requests to the mean's, which gives the bracket.
func (c sine) at(n float64) float64 {
	low, high := max((n-2*c.amplitude/c.turn())/c.mean, 0), n/c.mean
	t := (low + high) / 2
	for range 100 { // halving alone ends after about 60
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
