/** The theme's stream of pages: it speaks once for each, also after instant navigation. */
declare const document$: { subscribe(listener: (page: Document) => void): void };
