//! Models of other libraries: `chatsignal models import|export|parity`.

pub(crate) mod export;
pub(crate) mod import;
pub(crate) mod parity;
