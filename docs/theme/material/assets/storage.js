// What the site keeps in the reader's own browser: a JSON value under each name. Where storage is
// switched off, or holds something else, nothing is kept and the pages read the same.

import { LIVE } from "./page.js";

const key = (/** @type {string} */ name) => `${name}:${LIVE.pathname}`; // one for each site of a host

/** @param {string} name @returns {any} null if nothing is kept */
export function kept(name) {
  try {
    return JSON.parse(localStorage.getItem(key(name)) ?? "null");
  } catch {
    return null;
  }
}

/** @param {string} name @param {unknown} value undefined to forget it */
export function keep(name, value) {
  try {
    if (value === undefined) localStorage.removeItem(key(name));
    else localStorage.setItem(key(name), JSON.stringify(value));
  } catch {
    // switched off
  }
}
