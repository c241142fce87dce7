/** The dashboard over invented contacts: `npm run dev:fake -w web-demo`, then `?contacts=50000&changes=20`. */
import "../src/main";
