//! How many items a page has.

use chatsignal_api::error::ErrorCode;

use crate::service::error::ApiError;

/// Items of a page of one list.
#[derive(Clone, Copy, Debug)]
pub(super) struct PageSize {
    /// Where nothing else is said.
    pub(super) default: usize,
    /// At most.
    pub(super) max: usize,
}

impl PageSize {
    /// Items of a page that was asked for; `at` leads to the object with the field `limit`.
    ///
    /// # Errors
    /// `code` for 0 and for more than the most.
    pub(super) fn of(
        self,
        asked: Option<impl Into<usize>>,
        code: ErrorCode,
        at: &str,
    ) -> Result<usize, ApiError> {
        let limit = asked.map_or(self.default, Into::into);
        if (1..=self.max).contains(&limit) {
            return Ok(limit);
        }
        Err(ApiError::new(code).at(format!("{at}/limit"), format!("is 1 to {}", self.max)))
    }
}
