/**
 * Networks have address pools of both IP versions, containers a place in each of several networks. Containers run on
 * through an upgrade, so what is known of them stays. @see engine/networks/network.ts, engine/networks/sandbox.ts
 */
export default `
UPDATE network SET spec = json_set(
  json_remove(spec, '$.subnet', '$.gateway'),
  '$.pools', CASE coalesce(json_extract(spec, '$.subnet'), '')
    WHEN '' THEN json('[]')
    ELSE json_array(json_object(
      'subnet', json_extract(spec, '$.subnet'), 'gateway', json_extract(spec, '$.gateway'), 'ipRange', '', 'auxAddresses', json('{}')))
    END,
  '$.hasChosenSubnet', json('false'),
  '$.isAttachable', json('false'),
  '$.hasIPv6', json('false')
);
UPDATE sandbox SET spec = json_object(
  'sandboxId', json_extract(spec, '$.sandboxId'),
  'endpoints', CASE WHEN json_extract(spec, '$.endpoint') IS NULL THEN json('[]') ELSE json_array(json_set(
    json_remove(json_extract(spec, '$.endpoint'), '$.dnsNames'),
    '$.index', 0,
    '$.ipv6Address', '',
    '$.ipv6PrefixLength', 0,
    '$.ipv6Gateway', '',
    '$.linkLocalAddresses', json('[]'),
    '$.isPlugged', json('true'))) END,
  'published', json(coalesce(json_extract(spec, '$.published'), '[]'))
);
`
