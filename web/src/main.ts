import { mount } from "svelte";
import App from "./App.svelte";
import { start } from "./i18n/i18n.svelte";
import { startRoutes } from "./state/route.svelte";
import { startTheme } from "./state/theme.svelte";
import "./styles.css";

const target = document.getElementById("app");
if (!target) throw new Error("index.html has no #app");

startTheme();
startRoutes();
// Words first: a page that changes its language under the reader's eyes is no good beginning.
await start();

export default mount(App, { target });
