"""The shape of GA4's BigQuery export and its rules for channels. Names are Google's (event schema of the export)."""

from __future__ import annotations

from ...engine import literal
from ...ids import nobody_sql

REQUIRED = ("event_timestamp", "event_name", "event_params", "user_pseudo_id")

_VALUE = "STRUCT(string_value VARCHAR, int_value BIGINT, float_value DOUBLE, double_value DOUBLE)"
_LAST = ("STRUCT(manual_campaign STRUCT(campaign_name VARCHAR, source VARCHAR, medium VARCHAR), google_ads_campaign STRUCT(campaign_name VARCHAR), "
         "cross_channel_campaign STRUCT(campaign_name VARCHAR, source VARCHAR, medium VARCHAR))")
_COLLECTED = "STRUCT(manual_campaign_name VARCHAR, manual_source VARCHAR, manual_medium VARCHAR, gclid VARCHAR, dclid VARCHAR)"

#: the columns read from JSON, where types are not written down and integers are strings
JSON_COLUMNS: dict[str, str] = {
    "event_date": "VARCHAR", "event_timestamp": "BIGINT", "event_name": "VARCHAR",
    "event_params": f'STRUCT("key" VARCHAR, "value" {_VALUE})[]', "event_value_in_usd": "DOUBLE",
    "event_bundle_sequence_id": "BIGINT", "batch_page_id": "BIGINT", "batch_ordering_id": "BIGINT", "batch_event_index": "BIGINT",
    "user_id": "VARCHAR", "user_pseudo_id": "VARCHAR",
    "device": "STRUCT(category VARCHAR, operating_system VARCHAR, \"language\" VARCHAR)", "geo": "STRUCT(country VARCHAR, region VARCHAR)",
    "traffic_source": 'STRUCT(medium VARCHAR, "name" VARCHAR, source VARCHAR)', "platform": "VARCHAR",
    "ecommerce": "STRUCT(total_item_quantity BIGINT, purchase_revenue DOUBLE, purchase_revenue_in_usd DOUBLE, refund_value DOUBLE, refund_value_in_usd DOUBLE, transaction_id VARCHAR)",
    "privacy_info": "STRUCT(analytics_storage VARCHAR)",
    "items": "STRUCT(item_id VARCHAR, item_name VARCHAR)[]",
    "collected_traffic_source": _COLLECTED, "session_traffic_source_last_click": _LAST,
}

#: event parameters kept as properties without being asked for
PARAMS = ("page_location", "page_title", "page_referrer", "ga_session_number", "engagement_time_msec", "search_term", "link_url",
          "coupon", "payment_type")


def _text(sql: str) -> str:
    return f"nullif(nullif(CAST({sql} AS VARCHAR), ''), '(not set)')"


def param(key: str) -> str:
    """The value of an event parameter, wherever it stands in the list: a struct with one of its fields filled."""
    return f"list_filter(event_params, lambda p: p.key = {literal(key)})[1].value"


def _param_text(key: str) -> str:
    return f"coalesce({param(key)}.string_value, CAST({param(key)}.int_value AS VARCHAR))"


def _param_number(key: str) -> str:
    value = param(key)
    return f"coalesce({value}.double_value, {value}.float_value, CAST({value}.int_value AS DOUBLE), TRY_CAST({value}.string_value AS DOUBLE))"


def _in_page(key: str) -> str:
    """The value of a parameter in the query of the page's address, decoded."""
    found = f"regexp_extract({param('page_location')}.string_value, '^[^#]*[?&]({key})=([^&#]*)', 2)"
    spaced = f"replace({found}, '+', ' ')"
    return f"nullif(nullif(trim(coalesce(TRY(url_decode({spaced})), {spaced})), ''), '(not set)')"


_LAST_CLICK = "session_traffic_source_last_click"
#: our name → expression over a row of the export; a field that an export has not got is empty
FIELDS: dict[str, str] = {
    "event_date": "CAST(event_date AS VARCHAR)",
    "micros": "CAST(event_timestamp AS BIGINT)",
    "event": "nullif(trim(event_name), '')",
    "bundle": "CAST(event_bundle_sequence_id AS BIGINT)",
    "page": "CAST(batch_page_id AS BIGINT)",
    "request": "CAST(batch_ordering_id AS BIGINT)",
    "in_request": "CAST(batch_event_index AS BIGINT)",
    "params_hash": "md5(CAST(list_sort(list_transform(event_params, lambda p: to_json(p))) AS VARCHAR))",
    "user_pseudo_id": nobody_sql("user_pseudo_id"),
    "user_id": nobody_sql("user_id"),
    "given_user_id": _text("user_id"),
    "given_pseudo_id": _text("user_pseudo_id"),
    "storage": "lower(CAST(privacy_info.analytics_storage AS VARCHAR))",
    "session": f"coalesce(CAST({param('ga_session_id')}.int_value AS VARCHAR), {param('ga_session_id')}.string_value)",
    "session_number": f"TRY_CAST({_param_text('ga_session_number')} AS BIGINT)",
    # the amount in the currency of the event, and the same in US dollars; see `amounts`
    "revenue": "CAST(ecommerce.purchase_revenue AS DOUBLE)",
    "amount": _param_number("value"),
    "amount_text": f"CASE WHEN {_param_number('value')} IS NULL THEN nullif(trim({param('value')}.string_value), '') END",
    "currency": _text(f"upper(trim({_param_text('currency')}))"),
    "revenue_usd": "CAST(ecommerce.purchase_revenue_in_usd AS DOUBLE)",
    "back": "CAST(ecommerce.refund_value AS DOUBLE)",
    "back_usd": "CAST(ecommerce.refund_value_in_usd AS DOUBLE)",
    "amount_usd": "CAST(event_value_in_usd AS DOUBLE)",
    "transaction_id": nobody_sql("ecommerce.transaction_id"),
    "transaction_param": nobody_sql(_param_text("transaction_id")),
    "quantity": "CAST(ecommerce.total_item_quantity AS BIGINT)",
    "items": "nullif(len(items), 0)",
    "device": _text("device.category"),
    "operating_system": _text("device.operating_system"),
    "language": _text("device.language"),
    "country": _text("geo.country"),
    "platform": _text("platform"),
    "first_source": "CAST(traffic_source.source AS VARCHAR)",
    "first_medium": "CAST(traffic_source.medium AS VARCHAR)",
    "first_campaign": "CAST(traffic_source.name AS VARCHAR)",
    "collected_source": _text("collected_traffic_source.manual_source"),
    "collected_medium": _text("collected_traffic_source.manual_medium"),
    "collected_campaign": _text("collected_traffic_source.manual_campaign_name"),
    "collected_click": nobody_sql("collected_traffic_source.gclid"),
    "collected_display": nobody_sql("collected_traffic_source.dclid"),
    "param_source": _text(_param_text("source")),
    "param_medium": _text(_param_text("medium")),
    "param_campaign": _text(_param_text("campaign")),
    "param_click": nobody_sql(_param_text("gclid")),
    "param_display": nobody_sql(_param_text("dclid")),
    "page_source": _in_page("utm_source"),
    "page_medium": _in_page("utm_medium"),
    "page_campaign": _in_page("utm_campaign"),
    "page_click": nobody_sql(_in_page("gclid|gbraid|wbraid")),
    "page_display": nobody_sql(_in_page("dclid")),
    "page_host": f"nullif(regexp_extract(lower({param('page_location')}.string_value), '^[a-z]+://(?:www[.])?([^/:?#]+)', 1), '')",
    "ignore_referrer": f"lower({_param_text('ignore_referrer')}) IN ('true', '1')",
    **{f"{kind}_{name}": _text(f"{_LAST_CLICK}.{struct}.{field}") for kind, struct in (("cross", "cross_channel_campaign"), ("manual", "manual_campaign"))
       for name, field in (("source", "source"), ("medium", "medium"), ("campaign", "campaign_name"))},
    "ads_campaign": _text(f"{_LAST_CLICK}.google_ads_campaign.campaign_name"),
}

#: types of fields that are no text, for exports that have not got them
TYPES: dict[str, str] = {**dict.fromkeys(("revenue", "amount", "revenue_usd", "amount_usd", "back", "back_usd"), "DOUBLE"), "ignore_referrer": "BOOLEAN",
                         **dict.fromkeys(("bundle", "page", "request", "in_request", "session_number", "quantity", "items"), "BIGINT")}

_SEARCH = r"(google|bing|yahoo|duckduckgo|baidu|yandex|ecosia|qwant|naver|seznam|ask|aol|startpage)(\.|$)"
_SOCIAL = (r"(facebook|fb|instagram|ig|linkedin|lnkd|twitter|t\.co|x\.com|pinterest|reddit|tiktok|snapchat|whatsapp|threads|"
           r"mastodon|xing|vk|weibo|wechat|quora|tumblr)(\.|$)")
_SHOPPING = r"(amazon|ebay|etsy|walmart|alibaba|aliexpress|mercadolibre|mercadolivre|shopzilla|idealo)(\.|$)"
_VIDEO = r"(youtube|vimeo|twitch|dailymotion|netflix|hulu|disneyplus)(\.|$)"
_AT = r"(^|\.)"  # a site or its subdomain
_PAID = r"^(.*cp.*|ppc|retargeting|paid.*)$"


def _like(column: str, pattern: str, full: bool = False) -> str:
    return f"regexp_{'full_match' if full else 'matches'}(lower(coalesce({column}, '')), '{pattern}')"


def paid_sql(column: str) -> str:
    """Whether a medium is a paid one."""
    return _like(column, _PAID, full=True)


_PAID_SQL = _like("medium", _PAID, full=True)
#: GA4's default channel group from source, medium and campaign (support.google.com/analytics/answer/9756891),
#: with short lists of sites in place of Google's; the first rule that holds wins
CHANNEL_SQL = f"""CASE
    WHEN source IS NULL AND medium IS NULL THEN NULL
    WHEN lower(coalesce(source, '')) IN ('(direct)', 'direct') AND lower(coalesce(medium, '(none)')) IN ('(none)', '(not set)') THEN 'Direct'
    WHEN {_like('campaign', 'cross-network')} THEN 'Cross-network'
    WHEN ({_like('source', _AT + _SHOPPING)} OR {_like('campaign', '(^|[^a-z])shop')}) AND {_PAID_SQL} THEN 'Paid Shopping'
    WHEN {_like('source', _AT + _SEARCH)} AND {_PAID_SQL} THEN 'Paid Search'
    WHEN {_like('source', _AT + _SOCIAL)} AND {_PAID_SQL} THEN 'Paid Social'
    WHEN {_like('source', _AT + _VIDEO)} AND {_PAID_SQL} THEN 'Paid Video'
    WHEN lower(coalesce(medium, '')) IN ('display', 'banner', 'expandable', 'interstitial', 'cpm') THEN 'Display'
    WHEN {_PAID_SQL} THEN 'Paid Other'
    WHEN {_like('source', _AT + _SHOPPING)} THEN 'Organic Shopping'
    WHEN {_like('source', _AT + _SOCIAL)}
        OR lower(coalesce(medium, '')) IN ('social', 'social-network', 'social-media', 'sm', 'social network', 'social media') THEN 'Organic Social'
    WHEN {_like('source', _AT + _VIDEO)} OR {_like('medium', 'video')} THEN 'Organic Video'
    WHEN lower(coalesce(medium, '')) = 'organic' OR {_like('source', _AT + _SEARCH)} AND medium IS NULL THEN 'Organic Search'
    WHEN {_like('source', '^e[-_ ]?mail$')} OR {_like('medium', '^e[-_ ]?mail$')} THEN 'Email'
    WHEN lower(coalesce(medium, '')) IN ('affiliate', 'affiliates') THEN 'Affiliates'
    WHEN lower(coalesce(medium, '')) IN ('referral', 'app', 'link') THEN 'Referral'
    WHEN lower(coalesce(medium, '')) = 'audio' THEN 'Audio'
    WHEN lower(coalesce(source, '')) = 'sms' OR lower(coalesce(medium, '')) = 'sms' THEN 'SMS'
    WHEN {_like('medium', 'push$')} OR {_like('medium', 'mobile|notification')} OR lower(coalesce(source, '')) = 'firebase' THEN 'Mobile Push'
    ELSE 'Unassigned' END"""
