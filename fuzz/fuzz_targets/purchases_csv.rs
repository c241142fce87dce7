//! Any table gives purchases and rejects or is refused, never a panic.
#![no_main]

use chatsignal_core::event::Currency;
use chatsignal_ingest::purchases::{self, ColumnNames, Options};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(currency) = Currency::new("EUR") else { return };
    let columns = ColumnNames::default();
    let options = Options { columns, currency, date_order: None, decimal_mark: None };
    chatsignal_fuzz::read(|context, sink| {
        let _ = purchases::read(bytes, &options, context, sink);
    });
});
