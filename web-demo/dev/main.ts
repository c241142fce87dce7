/** The dashboard over invented contacts: `npm run dev:fake -w web-demo`, then
 *  `/?contacts=50000&changes=20&delay=30&fail=explain&messages=400`. */
import "./given";
import "../src/main";
