"""A small export of each system, in the form that its vendor documents; written by hand."""

from __future__ import annotations

import json

DAY = "2026-03-02"


def _csv(*lines: str) -> bytes:
    return ("\n".join(lines) + "\n").encode()


def _lines(*rows: dict) -> bytes:
    return "\n".join(json.dumps(r) for r in rows).encode() + b"\n"


#: kind → (name of the file, content, rows that reach the main table, further params of the source)
SAMPLES: dict[str, tuple[str, bytes, int, dict]] = {
    "mixpanel": ("e.jsonl", _lines(
        {"event": "Sign up", "properties": {"time": 1772442000, "distinct_id": "$device:a1", "$insert_id": "i1", "mp_processing_time_ms": 1}},
        {"event": "Buy", "properties": {"time": 1772442060000, "distinct_id": "u2", "$insert_id": "i1", "mp_processing_time_ms": 1}},
        {"event": "Buy", "properties": {"time": 1772442060000, "distinct_id": "u2", "$insert_id": "i1", "mp_processing_time_ms": 2}},
        {"event": "$identify", "properties": {"time": 1772442061, "distinct_id": "u2", "$insert_id": "i3"}}), 2, {}),
    "mixpanel_table": ("e.csv", _csv("event_id,name,time,distinct_id,insert_id,mp_processing_time_ms,properties", f"1,Buy,{DAY} 09:00:00,u1,i1,1,{{}}", f"2,Buy,{DAY} 09:00:01,u1,i1,1,{{}}"), 2, {}),
    "amplitude": ("e.json", _lines(*({"amplitude_id": 7, "event_type": "open", "event_time": f"{DAY} 09:00:0{i}.000000", "server_upload_time": f"{DAY} 09:00:00", "uuid": f"x{i}", "user_id": None if i else "u1",
                                      "device_id": "d1", "session_id": -1} for i in range(3))), 3, {}),
    "segment": ("tracks.csv", _csv("id,anonymous_id,user_id,event,event_text,received_at,sent_at,original_timestamp,timestamp,uuid_ts", f"m1,a1,,cart_viewed,Cart Viewed,{DAY} 09:00:02,,{DAY} 09:00:01,{DAY} 09:00:00,",
                                   f"m2,a1,u1,bought,Bought,{DAY} 09:01:02,,{DAY} 09:01:01,{DAY} 09:01:00,"), 2, {}),
    "segment_log": ("s.jsonl", _lines(
        {"type": "track", "event": "Cart Viewed", "anonymousId": "a1", "messageId": "m1", "timestamp": f"{DAY}T09:00:00.000Z", "receivedAt": f"{DAY}T09:00:01.000Z"},
        {"type": "page", "anonymousId": "a1", "messageId": "m2", "timestamp": f"{DAY}T09:00:03.000Z", "receivedAt": f"{DAY}T09:00:04.000Z"},
        {"type": "identify", "anonymousId": "a1", "userId": "u1", "messageId": "m3", "timestamp": f"{DAY}T09:00:05.000Z", "receivedAt": f"{DAY}T09:00:06.000Z"}), 2, {}),
    "snowplow": ("e.csv", _csv("app_id,event_id,collector_tstamp,derived_tstamp,domain_userid,domain_sessionid,user_id,event_name,v_tracker", f"web,e1,{DAY} 09:00:01,{DAY} 09:00:00,d1,s1,,page_view,js"), 1, {}),
    "posthog": ("e.csv", _csv("uuid,event,properties,timestamp,distinct_id,person_id,created_at", f'p1,$pageview,{{}},{DAY} 09:00:00,d1,q1,{DAY} 09:00:00', f'p2,$identify,{{}},{DAY} 09:00:01,d1,q1,{DAY} 09:00:01'), 1, {}),
    "hubspot_deals": ("deals.csv", _csv('Record ID,Deal Name,Pipeline,Deal Stage,Amount,Create Date,Close Date,Associated Contact IDs,"Date entered ""Qualified (Sales)""","Date entered ""Closed won (Sales)"""',
                                        f"1,A,Sales,Closed won,100,{DAY} 08:00,,51;52,{DAY} 09:00,{DAY} 10:00", f"2,B,Sales,Qualified,,{DAY} 08:00,,53,{DAY} 09:30,"), 3, {"timezone": "Europe/Berlin"}),
    "hubspot_deal_stages": ("deal_stage.csv", _csv("deal_id,value,date_entered,_fivetran_active,source,source_id", f"1,qualified,{DAY} 09:00:00,false,CRM,1", f"1,won,{DAY} 10:00:00,true,CRM,1"), 2, {}),
    "hubspot_contacts": ("contacts.csv", _csv("Record ID,First Name,Last Name,Email,Lifecycle Stage,Lead Status,Contact owner,Create Date", f"51,A,B,a@example.org,Customer,,X,{DAY} 09:00"), 1, {}),
    "salesforce_opportunities": ("OpportunityHistory.csv", _csv("Id,OpportunityId,StageName,Amount,Probability,CloseDate,CreatedDate,IsDeleted",
                                                                f"008000000000001AAA,006000000000001AAA,Prospecting,10,10,{DAY},{DAY}T09:00:00.000Z,false", f"008000000000002AAA,006000000000001AAA,Closed Won,10,100,{DAY},{DAY}T10:00:00.000Z,false",
                                                                f"008000000000003AAA,006000000000001AAA,Closed Lost,10,100,{DAY},{DAY}T11:00:00.000Z,true"), 2, {}),
    "salesforce_cases": ("Case.csv", _csv("Id,CaseNumber,Subject,Description,Origin,Status,Priority,ContactId,SuppliedEmail,CreatedDate,IsDeleted", f"500000000000001AAA,00001,Late,My parcel is late,Web,New,High,003000000000001AAA,,{DAY}T09:00:00.000Z,false"), 1, {}),
    "netsuite": ("t.csv", _csv("id,transactionnumber,type,trandate,createddate,status,entity,postingperiod,posting,duedate", f"1,SO1,SalesOrd,{DAY} 0:00:00,{DAY} 09:00:00,B,7,1,T,", f"2,B1,VendBill,{DAY} 0:00:00,{DAY} 09:00:00,A,8,1,T,"), 1, {"timezone": "UTC"}),
    "zendesk": ("view.csv", _csv("Summation column,Id,Requester,Requester id,Requester email,Assignee,Created at,Solved at,Status,Priority,Via,Satisfaction Score,Reopens,Replies,Group stations,First reply time in minutes",
                                 f"1,11,Ann,901,,Max,{DAY} 09:00,{DAY} 12:00,Solved,High,Web,Good,0,2,1,30", f"1,12,Bob,902,,Max,{DAY} 09:30,,Open,Low,Mail,Not Offered,0,0,1,"), 3, {"timezone": "Europe/Berlin"}),
    "freshdesk": ("tickets.csv", _csv("Ticket ID,Subject,Status,Priority,Source,Type,Agent,Group,Created time,Resolved time,Closed time,Contact ID,Email,Customer interactions,Agent interactions,Survey results",
                                      f"1,Late,Closed,High,Portal,Question,Max,One,{DAY} 09:00:00,{DAY} 10:00:00,{DAY} 11:00:00,501,a@example.org,1,1,"), 3, {"timezone": "UTC"}),
    "intercom": ("c.csv", _csv("id,updated_at,created_at,source_author_id,source_author_type,source_type,state,first_contact_reply_created_at,waiting_since,conversation_rating_value,_fivetran_active",
                               f"1,{DAY} 09:00:00,{DAY} 08:00:00,c1,user,conversation,open,,,,false", f"1,{DAY} 09:10:00,{DAY} 08:00:00,c1,user,conversation,closed,,,5,true", f"2,{DAY} 09:10:00,{DAY} 08:30:00,a1,admin,conversation,closed,,,,true"), 1, {}),
    "surveymonkey": ("s.csv", _csv("Respondent ID,Collector ID,Start Date,End Date,IP Address,How was it?,What else?,", ",,,,,Response,Price,Speed", f"3292879998,5,{DAY} 09:00:00,{DAY} 09:05:00,,Good,Price,", f"3292879999,5,{DAY} 09:00:00,{DAY} 09:06:00,,-,,Speed"),
                     1, {"timezone": "UTC", "questions": [{"column": "How was it?", "id": "how", "instrument": "choice"}]}),
    "typeform": ("t.csv", _csv("#,How was it?,Response Type,Start Date (UTC),Stage Date (UTC),Submit Date (UTC),Network ID,Tags", f"abcdefghij0123456789,Good,completed,{DAY} 09:00:00,,{DAY} 09:01:00,n1,", f"abcdefghij0123456780,,started,{DAY} 09:00:00,,,n2,"),
                 1, {"questions": [{"column": "How was it?", "id": "how", "instrument": "choice"}]}),
    "google_forms": ("g.csv", _csv("Timestamp,Email Address,How was it?,Rate [Price]", "3/2/2026 9:00:00,a@example.org,Good,5", "3/13/2026 9:00:00,b@example.org,Bad,1"),
                     2, {"timezone": "Europe/Berlin", "settings": {"time_format": "%m/%d/%Y %H:%M:%S"}, "questions": [{"column": "How was it?", "id": "how", "instrument": "choice"}]}),
    "limesurvey": ("l.csv", _csv("id,submitdate,lastpage,startlanguage,seed,token,G1Q1,G1Q2[SQ001],G1Q2[SQ002]", f"1,{DAY} 09:00:00,3,en,1,t1,Good,Yes,", "2,,1,en,2,t2,Bad,,"),
                   1, {"timezone": "UTC", "questions": [{"column": "G1Q1", "id": "how", "instrument": "choice"}]}),
    "google_play": ("r.csv", _csv("Package Name,Reviewer Language,Star Rating,Review Title,Review Text,Review Submit Millis Since Epoch,Review Last Update Millis Since Epoch,Review Link",
                                  "a,en,5,,Nice,1772442000000,1772442000000,https://x/r1", "a,en,2,,Not nice any more,1772442000000,1772452000000,https://x/r1"), 1, {}),
    "app_store": ("r.json", json.dumps({"data": [{"type": "customerReviews", "id": "r1", "attributes": {"rating": 4, "title": "Ok", "body": "Fine", "reviewerNickname": "z", "createdDate": f"{DAY}T09:00:00-07:00", "territory": "USA"}}]}).encode(), 1, {}),
    "trustpilot": ("t.json", json.dumps([{"id": "t1", "stars": 1, "title": "Late", "text": "Very late", "createdAt": f"{DAY}T09:00:00Z", "referenceId": "o1", "isVerified": True, "consumer": {"displayName": "Z"}, "status": "active"},
                                         {"id": "t2", "stars": 5, "title": "x", "text": "x", "createdAt": f"{DAY}T09:00:00Z", "referenceId": None, "isVerified": False, "consumer": {"displayName": "Z"}, "status": "reported"}]).encode(), 1, {}),
    "reddit": ("p.jsonl", _lines({"id": "a", "name": "t1_a", "body": "It broke", "subreddit": "shop", "author": "z", "created_utc": 1772442000, "score": 1, "permalink": "/r", "link_id": "t3_x"},
                                 {"id": "b", "name": "t1_b", "body": "[deleted]", "subreddit": "shop", "author": "[deleted]", "created_utc": 1772442000, "score": 1, "permalink": "/r", "link_id": "t3_x"},
                                 {"id": "c", "name": "t1_c", "body": "Rules", "subreddit": "shop", "author": "AutoModerator", "created_utc": 1772442000, "score": 1, "permalink": "/r", "link_id": "t3_x"}), 1, {}),
    "mailchimp": ("a.csv", _csv("action,campaign_id,member_id,timestamp,ip,list_id,url", f"open,c1,m1,{DAY} 09:00:00,66.249.93.1,l1,", f"click,c1,m1,{DAY} 09:00:10,1.2.3.4,l1,https://x"), 2, {}),
    "mailchimp_audience": ("m.csv", _csv("Email Address,First Name,Last Name,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,LAST_CHANGED,LEID,EUID,NOTES,TAGS", f"a@example.org,A,B,2,{DAY} 09:00:00,1.2.3.4,{DAY} 09:00:00,1,e1,,vip"), 1, {}),
    "adobe_xdm": ("x.jsonl", _lines(
        {"_id": "x1", "timestamp": f"{DAY}T09:00:00Z", "eventType": "web.webpagedetails.pageViews", "identityMap": {"ECID": [{"id": "1", "primary": False}], "Email": [{"id": "a@example.org", "primary": True}]},
         "web": {"webPageDetails": {"name": "Home"}}},
        {"_id": "x2", "xdm:timestamp": f"{DAY}T11:00:00+01:00", "xdm:identityMap": {"ECID": [{"xdm:id": "2"}], "Loyalty": [{"xdm:id": "2"}]}, "xdm:commerce": {"xdm:purchases": {"xdm:value": 1}, "xdm:order": {"xdm:priceTotal": 9.5, "xdm:currencyCode": "EUR"}}},
        {"_id": "x3", "timestamp": f"{DAY}T12:00:00Z", "eventType": "message.feedback", "identityMap": {"ECID": [{"id": "1"}]}, "_experience": {"customerJourneyManagement": {"messageDeliveryfeedback": {"feedbackStatus": "bounce"}}}},
        {"_id": "x4", "timestamp": f"{DAY}T12:00:01Z", "eventType": "message.feedback", "identityMap": {"Loyalty": [{"id": "1"}]}, "_experience": {"customerJourneyManagement": {"messageDeliveryfeedback": {"feedbackStatus": "sent"}}}}), 3, {}),
    "braze": ("b.jsonl", _lines(*({"event_type": f"users.messages.email.{kind}", "id": f"b{i}", "time": 1772442000 + i, "user": {"user_id": "5f1", "external_user_id": "u1"},
                                   "properties": {"dispatch_id": "d1", "campaign_name": "Spring", **more}}
                                  for i, (kind, more) in enumerate([("Send", {}), ("Open", {"machine_open": True}), ("Open", {}), ("Click", {"is_suspected_bot_click": True}), ("Click", {"url": "https://x"}), ("Abort", {})])),
                                {"event_type": "users.UserDeleteRequest", "id": "b9", "time": 1772442009, "user": {"user_id": "5f1", "external_user_id": "u1"}, "properties": {"dispatch_id": None}}), 4, {}),
    "klaviyo": ("k.csv", _csv("id,campaign_id,datetime,flow_id,flow_message_id,metric_id,person_id,timestamp,type,uuid,property_apple_privacy_open,property_value", f"k1,c1,{DAY} 09:00:00,,,m1,p1,1772442000,Received Email,x1,,",
                              f"k2,c1,{DAY} 09:00:05,,,m2,p1,1772442005,Opened Email,x2,true,", f"k3,,{DAY} 10:00:00,f1,g1,m3,p1,1772445600,Placed Order,x3,,19.50"), 3, {}),
    "iterable": ("i.csv", _csv("email,created_at,event_name,campaign_id,message_id,message_type_id,content_id,user_agent,recipient_state,is_custom_event", f"a@example.org,{DAY} 09:00:00,emailSend,1,m1,7,c1,,,false",
                               f"a@example.org,{DAY} 09:00:04,emailOpen,1,m1,7,c1,GoogleImageProxy,,false", f"b@example.org,{DAY} 09:00:00,emailSendSkip,1,m2,7,c1,,,false"), 2, {}),
    "event_log": ("log.csv", _csv("case:concept:name,concept:name,lifecycle:transition,time:timestamp,org:resource", f"7,Submitted,COMPLETE,{DAY}T09:00:00+01:00,112", f"7,Accepted,COMPLETE,{DAY}T09:05:00+01:00,"), 2, {}),
}
