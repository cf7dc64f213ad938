/** The value that a colour token has now, as `rgb(…)`: what draws its own pixels cannot follow `light-dark()`. */
export function colourOf(token: string): string {
  const probe = document.createElement('span')
  probe.style.color = `var(${token})`
  document.body.append(probe)
  const { color } = getComputedStyle(probe)
  probe.remove()
  return color
}

/** The same as `#rrggbb`. */
export function hexOf(token: string): string {
  const parts = colourOf(token).match(/\d+/g) ?? []
  return `#${parts
    .slice(0, 3)
    .map((part) => Number(part).toString(16).padStart(2, '0'))
    .join('')}`
}

/** A length token in pixels. */
export function pixelsOf(token: string): number {
  return Number.parseFloat(textOf(token))
}

export function textOf(token: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(token).trim()
}
