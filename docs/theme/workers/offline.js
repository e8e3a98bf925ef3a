// What this site once gave, it gives again without a network: registered when a reader first runs a
// cell. The network always comes first, so nothing old is shown while there is one.

const sw = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));
const KEPT = `kept:${sw.registration.scope}`;

sw.addEventListener("install", () => sw.skipWaiting());
sw.addEventListener("activate", (event) => event.waitUntil(sw.clients.claim()));
sw.addEventListener("message", (event) => event.waitUntil(keep(event.data)));
sw.addEventListener("fetch", (event) => {
  const { method, url } = event.request;
  if (method === "GET" && url.startsWith(sw.registration.scope)) event.respondWith(answer(event));
});

/** @param {string[]} urls what the page had loaded before this was here */
async function keep(urls) {
  await (await caches.open(KEPT)).addAll(urls);
}

/** @param {FetchEvent} event */
async function answer({ request }) {
  const kept = await caches.open(KEPT);
  try {
    const response = await fetch(request);
    if (response.ok) await kept.put(request, response.clone());
    return response;
  } catch (error) {
    const before = await kept.match(request);
    if (before) return before;
    throw error;
  }
}
