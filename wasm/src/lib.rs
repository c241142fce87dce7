//! Conversion between JavaScript and chatsignal-core; no business rules.
