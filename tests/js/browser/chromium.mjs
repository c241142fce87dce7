// A headless Chromium for the tests of pages. `CHATSIGNAL_CHROMIUM` names its program; `cargo xtask test`
// finds or installs one.
import { chromium } from "playwright-core";

/** Nothing in the background, so that every request that is seen is the page's. */
const quiet = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Starts a browser; close it when the tests are done. */
export function launch() {
  const executablePath = process.env.CHATSIGNAL_CHROMIUM ?? "/usr/bin/chromium";
  return chromium.launch({ executablePath, args: quiet });
}

/** Whatever goes wrong on a page without anybody looking: errors, refused content, requests elsewhere. */
export function watch(page, allowed = () => true) {
  const faults = [];
  page.on("pageerror", (error) => faults.push(`error: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error") faults.push(`console: ${message.text()}`);
  });
  page.on("dialog", (dialog) => {
    faults.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("request", (request) => {
    if (!allowed(request.url())) faults.push(`request: ${request.url()}`);
  });
  return faults;
}

/** Waits until nothing that is in sight is being loaded. */
export function settled(page) {
  const waiting = ".skeleton, [aria-busy=true]";
  return page.waitForFunction(
    (selector) => [...document.querySelectorAll(selector)].every((element) => !element.checkVisibility()),
    waiting,
  );
}
