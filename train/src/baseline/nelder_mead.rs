//! Minimum of a smooth function of a few variables without derivatives.

/// Where [`minimize`] stopped.
#[derive(Clone, Debug, PartialEq)]
pub struct Minimum {
    /// The best point.
    pub at: Vec<f64>,
    /// The function there.
    pub value: f64,
    /// Evaluations used.
    pub evaluations: usize,
}

/// Nelder and Mead, "A Simplex Method for Function Minimization" (1965), with their coefficients.
///
/// Starts from a simplex with edges of `step` at `start`; stops when the values of the simplex
/// differ by less than `tolerance`, or after `evaluations_max`. A NaN counts as infinite.
pub fn minimize(
    f: impl Fn(&[f64]) -> f64,
    start: &[f64],
    step: f64,
    tolerance: f64,
    evaluations_max: usize,
) -> Minimum {
    let n = start.len();
    let mut evaluations = 0;
    let mut eval = |point: &[f64]| {
        evaluations += 1;
        let value = f(point);
        (if value.is_nan() { f64::INFINITY } else { value }, evaluations)
    };
    let mut simplex: Vec<(f64, Vec<f64>)> = (0..=n)
        .map(|i| {
            let mut point = start.to_vec();
            if let Some(x) = i.checked_sub(1).and_then(|j| point.get_mut(j)) {
                *x += step;
            }
            (eval(&point).0, point)
        })
        .collect();
    let mut used = n + 1;
    while used < evaluations_max {
        simplex.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (best, worst) = (simplex[0].0, simplex[n].0);
        if (worst - best).abs() <= tolerance {
            break;
        }
        let centre: Vec<f64> = (0..n)
            .map(|j| simplex[..n].iter().map(|(_, p)| p[j]).sum::<f64>() / n as f64)
            .collect();
        let along = |by: f64| -> Vec<f64> {
            centre.iter().zip(&simplex[n].1).map(|(c, w)| c + by * (w - c)).collect()
        };
        let reflected = along(-1.0);
        let (value, count) = eval(&reflected);
        used = count;
        if value < best {
            let expanded = along(-2.0);
            let (further, count) = eval(&expanded);
            used = count;
            simplex[n] = if further < value { (further, expanded) } else { (value, reflected) };
        } else if value < simplex[n - 1].0 {
            simplex[n] = (value, reflected);
        } else {
            let contracted = along(if value < worst { -0.5 } else { 0.5 });
            let (nearer, count) = eval(&contracted);
            used = count;
            if nearer < worst.min(value) {
                simplex[n] = (nearer, contracted);
            } else {
                let corner = simplex[0].1.clone();
                for (value, point) in &mut simplex[1..] {
                    point.iter_mut().zip(&corner).for_each(|(x, c)| *x = c + 0.5 * (*x - c));
                    (*value, used) = eval(point);
                }
            }
        }
    }
    simplex.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (value, at) = simplex.swap_remove(0);
    Minimum { at, value, evaluations: used }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_bottom_of_rosenbrocks_valley() {
        let f = |p: &[f64]| (1.0 - p[0]).powi(2) + 100.0 * (p[1] - p[0] * p[0]).powi(2);
        let minimum = minimize(f, &[-1.2, 1.0], 0.5, 1e-14, 2_000);
        assert!((minimum.at[0] - 1.0).abs() < 1e-5 && (minimum.at[1] - 1.0).abs() < 1e-5);
        assert!(minimum.evaluations < 400, "{}", minimum.evaluations);
    }

    #[test]
    fn bounded_work_on_a_function_without_a_bottom() {
        let minimum = minimize(|p| -p[0], &[0.0], 1.0, 1e-9, 50);
        assert!(minimum.evaluations <= 52);
        let nan = minimize(|_| f64::NAN, &[0.0, 0.0], 1.0, 1e-9, 50);
        assert!(nan.value.is_infinite());
    }
}
