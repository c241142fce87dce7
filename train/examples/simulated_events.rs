//! Writes simulated event logs in their binary form: `simulated_events FILE CONTACTS`.
//!
//! For each contact: end of the log (i64, milliseconds since 1970), count of events (u32), then
//! each event as a length (u32) and its bytes; all little-endian. `cargo xtask parity` folds them
//! on every target.

use std::error::Error;
use std::fs;

use chatsignal_core::event::binary;
use chatsignal_train::synth::{Preset, Simulator};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let usage = "usage: simulated_events FILE CONTACTS";
    let file = arguments.next().ok_or(usage)?;
    let contacts: u32 = arguments.next().ok_or(usage)?.parse()?;
    let simulator = Simulator::new(Preset::Realistic, contacts, 7);
    let end = simulator.end().0;
    let mut out = Vec::new();
    let mut event_bytes = Vec::new();
    for contact in simulator.contacts() {
        let newest = contact.events.iter().map(|event| event.available_at.0).max();
        out.extend(newest.map_or(end, |at| at.max(end)).to_le_bytes());
        out.extend(u32::try_from(contact.events.len())?.to_le_bytes());
        for event in &contact.events {
            event_bytes.clear();
            binary::encode(event, &mut event_bytes);
            out.extend(u32::try_from(event_bytes.len())?.to_le_bytes());
            out.extend(&event_bytes);
        }
    }
    fs::write(file, out)?;
    Ok(())
}
