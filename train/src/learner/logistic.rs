//! L2-regularised logistic regression by Newton's method; the steps come from conjugate gradients
//! (truncated Newton, Nocedal and Wright 2006, chapter 7), so that wide one-hot tables need no
//! matrix of columns by columns.

use chatsignal_core::model::{LogisticModel, Model, Postprocessor};
use chatsignal_core::num;
use rayon::prelude::*;

use crate::backend;
use crate::dataset::{Dataset, Task};
use crate::error::FitError;
use crate::preprocess::{Design, DesignRow};
use crate::progress::wanted;

use super::objective::{base_score, row_weights};
use super::params::{LogisticParams, LogisticSolver, Valid};
use super::{Fit, Fitted};

/// Rows summed by one thread: fixed, so that sums do not depend on the number of threads.
const CHUNK: usize = 2_048;
/// Conjugate gradient steps of one Newton step at most.
const INNER_STEPS_MAX: usize = 200;

impl Valid<LogisticParams> {
    /// Trains. Numeric features are standardised, a missing number counts as the mean, each
    /// category has its own coefficient and a missing one none.
    ///
    /// # Errors
    /// [`FitError`]: what is wrong with the data, or a solver that cannot do what is asked.
    pub fn fit(&self, data: &Dataset, fit: &Fit<'_>) -> Result<Fitted, FitError> {
        if fit.task != Task::Binary {
            return Err(FitError::Unsupported {
                learner: "logistic regression",
                reason: "it learns a target of 0 and 1 only; use gbm or forest for numbers",
            });
        }
        data.check(fit.task)?;
        let weight = row_weights(data, fit.task, self.0.class_weight, 1.0)?;
        let design = Design::new(data);
        let model = match self.0.solver {
            LogisticSolver::Newton => newton(&self.0, &design, &data.y, &weight, fit),
            LogisticSolver::Linfa => backend::linfa::fit(&self.0, &design, &data.y, &weight)?,
        };
        wanted(fit.progress)?;
        Ok(Fitted {
            model: Model::Logistic(model),
            postprocessor: Postprocessor::Sigmoid,
            gain: None,
            out_of_bag: None,
            validation_loss: None,
        })
    }
}

/// The rows and the penalty.
struct Problem<'a> {
    design: &'a Design,
    y: &'a [f64],
    weight: &'a [f64],
    penalty: f64,
}

/// Sums over the rows at one point, or anything else of one number per column and the intercept.
type Vector = Vec<f64>;

fn newton(
    params: &LogisticParams,
    design: &Design,
    y: &[f64],
    weight: &[f64],
    fit: &Fit<'_>,
) -> LogisticModel {
    let problem = Problem { design, y, weight, penalty: 1.0 / params.c };
    let total: f64 = weight.iter().sum();
    let mut start = vec![0.0; design.width + 1];
    start[design.width] = base_score(Task::Binary, y, weight);
    let mut at = problem.point(start);
    for step in 0..params.max_iter {
        if fit.progress.is_cancelled() {
            break;
        }
        let (error, curvature) = problem.derivatives(&at.margins);
        let (gradient, diagonal) = problem.gradient(&at.coefficients, &error, &curvature);
        fit.progress.step("logistic", step, params.max_iter);
        let largest = gradient.iter().fold(0.0f64, |max, g| max.max(g.abs()));
        if largest <= params.tol * total {
            break;
        }
        let direction = problem.direction(&gradient, &diagonal, &curvature);
        let slope = dot(&gradient, &direction);
        let mut length = 1.0;
        let moved = loop {
            let ahead = at.coefficients.iter().zip(&direction);
            let next = problem.point(ahead.map(|(a, d)| a + length * d).collect());
            if next.loss <= at.loss + 1e-4 * length * slope {
                let fell = next.loss < at.loss;
                at = next;
                break fell;
            }
            length /= 2.0;
            if length < 1e-10 {
                break false;
            }
        };
        // No further fall that f64 can show.
        if !moved {
            break;
        }
    }
    fit.progress.step("logistic", params.max_iter, params.max_iter);
    design.model(&at.coefficients[..design.width], at.coefficients[design.width])
}

/// A place in the search.
struct Point {
    /// One number per column, and the intercept.
    coefficients: Vector,
    /// Margin of each row.
    margins: Vector,
    loss: f64,
}

impl Problem<'_> {
    fn margin(&self, row: DesignRow<'_>, at: &[f64]) -> f64 {
        row.dot(at) + at[self.design.width]
    }

    /// Sum of `term` over chunks of rows, in order.
    fn sum_chunks(&self, width: usize, term: impl Fn(usize, &mut Vector) + Sync) -> Vector {
        let chunks = self.y.len().div_ceil(CHUNK);
        let parts: Vec<Vector> = (0..chunks)
            .into_par_iter()
            .map(|chunk| {
                let mut sums = vec![0.0; width];
                let rows = chunk * CHUNK..((chunk + 1) * CHUNK).min(self.y.len());
                rows.for_each(|row| term(row, &mut sums));
                sums
            })
            .collect();
        parts.into_iter().fold(vec![0.0; width], |mut sum, part| {
            sum.iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
            sum
        })
    }

    fn point(&self, coefficients: Vector) -> Point {
        let rows = (0..self.y.len()).into_par_iter().with_min_len(CHUNK);
        let margins: Vector =
            rows.map(|i| self.margin(self.design.row(i), &coefficients)).collect();
        let sum = self.sum_chunks(1, |i, sums| {
            let margin = margins[i];
            let loss = margin.max(0.0) - self.y[i] * margin + num::ln_1p(num::exp(-margin.abs()));
            sums[0] += self.weight[i] * loss;
        });
        let columns = &coefficients[..self.design.width];
        let loss = sum[0] + self.penalty / 2.0 * dot(columns, columns);
        Point { coefficients, margins, loss }
    }

    /// First and second derivative of each row's loss by its margin.
    fn derivatives(&self, margins: &[f64]) -> (Vector, Vector) {
        let rows = margins.par_iter().with_min_len(CHUNK).zip(self.y).zip(self.weight);
        rows.map(|((&margin, &y), &weight)| {
            let p = num::sigmoid(margin);
            (weight * (p - y), weight * p * (1.0 - p))
        })
        .unzip()
    }

    /// Gradient, and the diagonal of the Hessian.
    fn gradient(&self, at: &[f64], error: &[f64], curvature: &[f64]) -> (Vector, Vector) {
        let width = self.design.width;
        let mut sums = self.sum_chunks(2 * (width + 1), |i, sums| {
            let row = self.design.row(i);
            let (gradient, diagonal) = sums.split_at_mut(width + 1);
            row.add_to(gradient, error[i], |x| x);
            gradient[width] += error[i];
            row.add_to(diagonal, curvature[i], |x| x * x);
            diagonal[width] += curvature[i];
        });
        let mut diagonal = sums.split_off(width + 1);
        for column in 0..width {
            sums[column] += self.penalty * at[column];
            diagonal[column] += self.penalty;
        }
        (sums, diagonal)
    }

    /// The Hessian times a vector.
    fn hessian_times(&self, curvature: &[f64], vector: &[f64]) -> Vector {
        let width = self.design.width;
        let mut product = self.sum_chunks(width + 1, |i, sums| {
            let row = self.design.row(i);
            let factor = curvature[i] * self.margin(row, vector);
            row.add_to(sums, factor, |x| x);
            sums[width] += factor;
        });
        for column in 0..width {
            product[column] += self.penalty * vector[column];
        }
        product
    }

    /// Solves Hessian times direction = -gradient by preconditioned conjugate gradients, the more
    /// exactly the smaller the gradient is.
    fn direction(&self, gradient: &[f64], diagonal: &[f64], curvature: &[f64]) -> Vector {
        let precondition = |residual: &[f64]| -> Vector {
            let pairs = residual.iter().zip(diagonal);
            pairs.map(|(r, d)| r / d.max(f64::MIN_POSITIVE)).collect()
        };
        let mut residual: Vector = gradient.iter().map(|g| -g).collect();
        let mut z = precondition(&residual);
        let mut search = z.clone();
        let mut direction = vec![0.0; gradient.len()];
        let mut rz = dot(&residual, &z);
        let total: f64 = self.weight.iter().sum();
        let goal = rz * (rz / total).clamp(1e-12, 1e-2);
        for _ in 0..INNER_STEPS_MAX.min(2 * gradient.len() + 10) {
            let product = self.hessian_times(curvature, &search);
            let bend = dot(&search, &product);
            if bend.is_nan() || bend <= 0.0 {
                break;
            }
            let length = rz / bend;
            for i in 0..direction.len() {
                direction[i] += length * search[i];
                residual[i] -= length * product[i];
            }
            z = precondition(&residual);
            let next = dot(&residual, &z);
            if next <= goal {
                break;
            }
            let ratio = next / rz;
            rz = next;
            search.iter_mut().zip(&z).for_each(|(s, z)| *s = z + ratio * *s);
        }
        direction
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).fold(0.0, |sum, (a, b)| sum + a * b)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learner::params::ClassWeight;
    use crate::learner::testing::{odd_tables, refused_tables, table};
    use crate::metric;

    fn fitted(params: LogisticParams, data: &Dataset) -> Fitted {
        params.check().unwrap().fit(data, &Fit::new(Task::Binary, 1)).unwrap()
    }

    fn logistic(fitted: &Fitted) -> &LogisticModel {
        match &fitted.model {
            Model::Logistic(model) => model,
            Model::Trees(_) => panic!("not logistic"),
        }
    }

    fn linfa() -> LogisticParams {
        LogisticParams { solver: LogisticSolver::Linfa, ..Default::default() }
    }

    #[test]
    fn the_gradient_vanishes_at_the_solution() {
        for c in [0.01, 1.0, 1e6] {
            let data = table(500, Task::Binary, 1);
            let model = fitted(LogisticParams { c, ..Default::default() }, &data);
            let (design, weight) = (Design::new(&data), vec![1.0; 500]);
            let problem =
                Problem { design: &design, y: &data.y, weight: &weight, penalty: 1.0 / c };
            let model = logistic(&model);
            // Columns: x0, x1, x2, then the categories.
            let mut at = model.coefficients[..3].to_vec();
            at.extend(&model.categorical[0].1);
            at.push(model.intercept);
            let (error, curvature) = problem.derivatives(&problem.point(at.clone()).margins);
            let (gradient, _) = problem.gradient(&at, &error, &curvature);
            assert!(gradient.iter().all(|g| g.abs() < 1e-4), "{c} {gradient:?}");
        }
    }

    #[cfg(feature = "linfa")]
    #[test]
    fn both_solvers_agree_whichever_class_is_more_frequent() {
        let data = table(600, Task::Binary, 1);
        let mut turned = data.clone();
        turned.y.iter_mut().for_each(|y| *y = 1.0 - *y);
        for data in [data, turned] {
            let (a, b) = (fitted(LogisticParams::default(), &data), fitted(linfa(), &data));
            let pairs = a.predict(&data).into_iter().zip(b.predict(&data));
            pairs.for_each(|(a, b)| assert!((a - b).abs() < 1e-3, "{a} {b}"));
            assert!(metric::auc(&data.y, &a.predict(&data)).unwrap() > 0.85);
        }
    }

    #[test]
    fn weights_count_as_repeated_rows() {
        let data = table(200, Task::Binary, 1);
        let twice: Vec<usize> = (0..200).chain((0..200).filter(|i| i % 3 == 0)).collect();
        let mut weighted = data.clone();
        weighted.weight = Some((0..200).map(|i| if i % 3 == 0 { 2.0 } else { 1.0 }).collect());
        let a = fitted(LogisticParams::default(), &data.select(&twice));
        let b = fitted(LogisticParams::default(), &weighted);
        for (a, b) in a.predict(&data).iter().zip(b.predict(&data)) {
            assert!((a - b).abs() < 1e-6);
        }
        let balanced = LogisticParams { class_weight: ClassWeight::Balanced, ..Default::default() };
        let predicted = fitted(balanced.clone(), &data).predict(&data);
        let mean_of = |class: f64| {
            let of_class = || (0..200).filter(|&i| data.y[i] == class);
            of_class().map(|i| predicted[i]).sum::<f64>() / of_class().count() as f64
        };
        // With an intercept the weighted mean prediction is the weighted base rate, a half.
        assert!((mean_of(1.0) + mean_of(0.0) - 1.0).abs() < 1e-6);
        let refused = LogisticParams { solver: LogisticSolver::Linfa, ..balanced };
        assert!(refused.check().unwrap().fit(&data, &Fit::new(Task::Binary, 1)).is_err());
    }

    #[test]
    fn equal_bytes_for_any_number_of_threads() {
        let data = table(9_000, Task::Binary, 3);
        let fit = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| fitted(LogisticParams::default(), &data))
        };
        assert_eq!(format!("{:?}", fit(1)), format!("{:?}", fit(3)));
    }

    #[test]
    fn odd_tables_are_fitted_soundly() {
        for (name, data) in odd_tables(Task::Binary) {
            for params in [LogisticParams::default(), linfa()] {
                let solver = params.solver;
                match params.check().unwrap().fit(&data, &Fit::new(Task::Binary, 1)) {
                    Ok(model) => {
                        logistic(&model).check().unwrap_or_else(|e| panic!("{name}: {e}"));
                        assert!(model.predict(&data).iter().all(|p| p.is_finite()), "{name}");
                    }
                    Err(FitError::Unsupported { .. }) => {
                        assert_eq!(solver, LogisticSolver::Linfa, "{name}");
                    }
                    Err(error) => panic!("{name}: {error}"),
                }
            }
        }
        for (name, data) in refused_tables(Task::Binary) {
            let valid = LogisticParams::default().check().unwrap();
            assert!(valid.fit(&data, &Fit::new(Task::Binary, 1)).is_err(), "{name}");
        }
        let data = table(50, Task::Regression, 1);
        let valid = LogisticParams::default().check().unwrap();
        assert!(valid.fit(&data, &Fit::new(Task::Regression, 1)).is_err());
    }
}
