/** Addresses in the page. @see renderer/stores/place.ts */
export function containerPlace(id: string): string {
  return `#/containers/${id}/logs`
}

export const SETTINGS_PLACE = '#/settings'
export const DATA_PLACE = '#/data'
export const CONTAINERS_PLACE = '#/containers'
