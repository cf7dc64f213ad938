/** What `--format` of a list takes. */
export const FORMAT_HELP = `Format output using a custom template:
'table': table with column headers (default)
'table TEMPLATE': table with the columns of a Go template
'json': one JSON object per line
'TEMPLATE': a Go template per line`

/** What `--format` of a single object takes. */
export const INSPECT_FORMAT_HELP = `Format output using a custom template:
'json': JSON without line breaks
'TEMPLATE': a Go template`
