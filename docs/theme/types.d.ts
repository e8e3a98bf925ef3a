/** The theme's stream of pages: it speaks once for each, also after instant navigation. */
declare const document$: { subscribe(listener: (page: Document) => void): void };
/** Its stream of addresses: it shows the page at each. */
declare const location$: { subscribe(listener: (url: URL) => void): void; next(url: URL): void };
