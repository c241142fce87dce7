//! The Cloudflare Worker.
