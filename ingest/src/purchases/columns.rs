//! Which column of a table is what.

use alloc::string::String;
use alloc::vec::Vec;

use crate::reject::{Reason, Reject};

/// Names of the columns, as in the header; those left out are found by the usual names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ColumnNames {
    /// Whom the purchase belongs to: a phone number or the customer's number.
    pub customer: Option<String>,
    /// When.
    pub date: Option<String>,
    /// How much.
    pub amount: Option<String>,
    /// Currency code.
    pub currency: Option<String>,
    /// State of the payment.
    pub status: Option<String>,
    /// Number of the order.
    pub order: Option<String>,
}

/// Positions of the columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Columns {
    pub(super) customer: usize,
    pub(super) date: usize,
    pub(super) amount: usize,
    pub(super) currency: Option<usize>,
    pub(super) status: Option<usize>,
    pub(super) order: Option<usize>,
}

const CUSTOMER: &[&str] = &[
    "contactid",
    "contact",
    "customerid",
    "customer",
    "customernumber",
    "clientid",
    "client",
    "userid",
    "phone",
    "phonenumber",
    "waid",
    "whatsapp",
    "mobile",
    "email",
    "customeremail",
];
const DATE: &[&str] = &[
    "occurredat",
    "purchasedat",
    "purchasedate",
    "orderdate",
    "invoicedate",
    "paidat",
    "createdat",
    "timestamp",
    "datetime",
    "date",
    "time",
    "created",
];
const AMOUNT: &[&str] = &[
    "amount",
    "totalamount",
    "ordertotal",
    "total",
    "totalprice",
    "dollarvalue",
    "grandtotal",
    "revenue",
    "value",
    "price",
    "sum",
];
const CURRENCY: &[&str] = &["currency", "currencycode"];
const STATUS: &[&str] = &["status", "paymentstatus", "financialstatus", "orderstatus", "state"];
const ORDER: &[&str] = &[
    "orderid",
    "ordernumber",
    "orderno",
    "order",
    "invoiceid",
    "invoiceno",
    "invoice",
    "transactionid",
    "paymentid",
];

impl Columns {
    pub(super) fn find(header: &[String], names: &ColumnNames) -> Result<Self, Reject> {
        let plain: Vec<String> = header.iter().map(|name| plain(name)).collect();
        let find = |stated: &Option<String>, usual: &[&str]| match stated {
            Some(name) => Ok(header.iter().position(|h| h.trim() == name).or_else(|| {
                let name = self::plain(name);
                plain.iter().position(|h| *h == name)
            })),
            // The order of the usual names decides when several are there.
            None => Err(usual.iter().find_map(|name| plain.iter().position(|h| h == name))),
        };
        let required = |field: &'static str, stated: &Option<String>, usual: &[&str]| {
            let found = find(stated, usual).unwrap_or_else(|found| found);
            found.ok_or_else(|| Reject::new(1, field, MISSING))
        };
        let optional = |field: &'static str, stated: &Option<String>, usual: &[&str]| match find(
            stated, usual,
        ) {
            Ok(None) => Err(Reject::new(1, field, MISSING)),
            Ok(found) | Err(found) => Ok(found),
        };
        Ok(Self {
            customer: required("customer column", &names.customer, CUSTOMER)?,
            date: required("date column", &names.date, DATE)?,
            amount: required("amount column", &names.amount, AMOUNT)?,
            currency: optional("currency column", &names.currency, CURRENCY)?,
            status: optional("status column", &names.status, STATUS)?,
            order: optional("order column", &names.order, ORDER)?,
        })
    }
}

const MISSING: Reason = Reason::Rule("is not in the header; say which column it is");

/// Lower case, letters and digits only.
fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(text: &str) -> Vec<String> {
        text.split(',').map(String::from).collect()
    }

    #[test]
    fn usual_and_stated_names() {
        let usual = ColumnNames::default();
        let found =
            Columns::find(&header("Order ID,Customer_Id,Order Date,Total,Currency"), &usual);
        assert_eq!(
            found.map(|c| (c.order, c.customer, c.date, c.amount, c.currency, c.status)),
            Ok((Some(0), 1, 2, 3, Some(4), None))
        );
        let stated = ColumnNames { customer: Some(String::from("Kunde")), ..usual.clone() };
        assert_eq!(Columns::find(&header("date,kunde,amount"), &stated).map(|c| c.customer), Ok(1));
        let refused =
            |text, names: &ColumnNames| Columns::find(&header(text), names).map_err(|r| r.field);
        assert_eq!(refused("date,amount", &usual), Err(String::from("customer column")));
        assert_eq!(refused("date,amount,customer", &stated), Err(String::from("customer column")));
    }
}
