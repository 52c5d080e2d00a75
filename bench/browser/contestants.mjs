import { launchBrowser, newContext, serveAppFrom } from "./browser.mjs";
import { bundlePages } from "./bundle.mjs";
import { Feed } from "./feed.mjs";
import { observe } from "./probe.mjs";
import { dashboardUrl, showOnly, Tideboard } from "./tideboard.mjs";
import { CHARTS } from "./wave.mjs";

/** How long a page may take to draw its charts. */
const PATIENCE_MS = 20_000;

/**
 * One who shows the dashboard.
 *
 * @typedef {object} Contestant
 * @property {string} name
 * @property {() => Promise<import("playwright-core").Page>} open the page, with all charts drawn
 * @property {(time: number) => Promise<unknown>} tick sends a value to each chart
 * @property {(now: number) => Promise<void>} fillIn makes the last minute complete, before its page is opened
 */

/**
 * All that is needed while measuring.
 *
 * @typedef {object} Stage
 * @property {import("playwright-core").Browser} browser
 * @property {readonly Contestant[]} contestants
 * @property {Tideboard} server
 * @property {import("playwright-core").BrowserContext} signedIn a context of Tideboard's user
 * @property {{ width: number, height: number }} size of each chart
 * @property {() => Promise<void>} close
 */

/**
 * Starts servers and browser.
 *
 * @param {string} binary of Tideboard
 * @param {string} web folder of its built web app
 * @returns {Promise<Stage>}
 */
export async function setStage(binary, web) {
  /** @type {(() => Promise<unknown>)[]} */
  const closing = [];
  const close = async () => {
    for (const end of closing.reverse()) await end();
  };
  try {
    const browser = await launchBrowser();
    closing.push(() => browser.close());
    const server = await Tideboard.start(binary);
    closing.push(() => server.close());
    const signedIn = await newContext(browser);
    await serveAppFrom(signedIn, server.url, web);
    const tideboard = contestTideboard(signedIn, server);
    const size = await firstSight(signedIn, server, tideboard);
    const feed = await Feed.start(await bundlePages(["echarts", "chartjs"]));
    closing.push(() => feed.close());
    const rivals = await newContext(browser);
    const address = (/** @type {string} */ name) => `${feed.url}/${name}/?width=${size.width}&height=${size.height}`;
    const rival = (/** @type {string} */ name, /** @type {string} */ path) => ({
      name,
      open: async () => await openPage(rivals, address(path)),
      tick: async (/** @type {number} */ time) => feed.tick(time),
      // The feed knows the past without having lived it.
      fillIn: async () => {},
    });
    const contestants = [tideboard, rival("ECharts", "echarts"), rival("Chart.js", "chartjs")];
    return { browser, contestants, server, signedIn, size, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * @param {import("playwright-core").BrowserContext} context
 * @param {Tideboard} server
 * @returns {Contestant}
 */
function contestTideboard(context, server) {
  return {
    name: "Tideboard",
    open: async () => await openPage(context, dashboardUrl(server.url)),
    tick: async (time) => await server.tick(time),
    fillIn: async (now) => await server.fillIn(now),
  };
}

/**
 * Signs in, arranges the dashboard, and says how large its charts come out.
 *
 * @param {import("playwright-core").BrowserContext} context
 * @param {Tideboard} server
 * @param {Contestant} tideboard
 */
async function firstSight(context, server, tideboard) {
  const page = await context.newPage();
  await page.goto(server.signInUrl);
  await page.waitForURL(/\/d\/[a-z-]+$/);
  await showOnly(page, server.url, server.chartWidgets());
  await page.close();
  await tideboard.fillIn(Date.now());
  const board = await tideboard.open();
  const size = await board
    .locator("canvas")
    .first()
    .evaluate((canvas) => ({ width: canvas.clientWidth, height: canvas.clientHeight }));
  await board.close();
  return size;
}

/**
 * @param {import("playwright-core").BrowserContext} context
 * @param {string} url
 */
async function openPage(context, url) {
  const page = await context.newPage();
  await page.addInitScript(observe);
  const connected = page.waitForEvent("websocket", { timeout: PATIENCE_MS });
  await page.goto(url);
  await connected;
  await page.waitForFunction((charts) => document.querySelectorAll("canvas").length === charts, CHARTS, {
    timeout: PATIENCE_MS,
  });
  return page;
}
