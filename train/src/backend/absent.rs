//! What backends answer in a build without them.

#[cfg(not(feature = "gbdt"))]
impl crate::learner::Valid<crate::learner::GbdtParams> {
    /// Refuses: this build is without the crate `gbdt`.
    ///
    /// # Errors
    /// Always.
    pub fn fit(
        &self,
        _data: &crate::dataset::Dataset,
        _fit: &crate::learner::Fit<'_>,
    ) -> Result<crate::learner::Fitted, crate::error::FitError> {
        Err(crate::error::FitError::Unsupported {
            learner: "gbdt",
            reason: "this build is without it (cargo feature `gbdt`); use gbm",
        })
    }
}

#[cfg(not(feature = "linfa"))]
pub(crate) mod linfa {
    use chatsignal_core::model::LogisticModel;

    use crate::error::FitError;
    use crate::learner::LogisticParams;
    use crate::preprocess::Design;

    /// Refuses: this build is without the crate.
    pub(crate) fn fit(
        _params: &LogisticParams,
        _design: &Design,
        _y: &[f64],
        _weight: &[f64],
    ) -> Result<LogisticModel, FitError> {
        Err(FitError::Unsupported {
            learner: "linfa-logistic",
            reason: "this build is without it (cargo feature `linfa`); use the solver `newton`",
        })
    }
}
