// The key that somebody of the staff has entered: it lies in this tab's memory alone (sessionStorage), for every page of the tab, and goes with it.

const storageKey = "keyaki:staff-key";

export function staffKey(): string {
  try {
    return sessionStorage.getItem(storageKey) ?? "";
  } catch {
    return "";
  }
}

/** An empty key forgets it. */
export function setStaffKey(key: string): void {
  try {
    if (key === "") sessionStorage.removeItem(storageKey);
    else sessionStorage.setItem(storageKey, key);
  } catch {
    // Where storage is forbidden there is no staff view: a key must not lie anywhere else.
  }
}
