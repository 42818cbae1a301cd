const cjmMap=(map,signal)=>{
if(!map||map.dataset.on||map.classList.contains('static'))return;map.dataset.on='1';
const d=document,q=(s,e=map)=>e.querySelector(s),all=(s,e=map)=>[...e.querySelectorAll(s)],make=(tag,props={},...kids)=>{const e=Object.assign(d.createElement(tag),props);e.append(...kids);return e};
const table=q('table'),controls=q('.controls'),status=q('[data-map=status]'),known=JSON.parse(q('template.texts').content.textContent);
const state={persona:'',channel:'',period:'',stage:'',future:false,changes:false,more:false};
const stages=[...table.tHead.rows[0].cells].slice(1).map(th=>th.dataset.stage);
// every entry once, wherever it lies: entries are moved between cells, never copied, so that each id stays unique
const byId=new Map();
const lanes=all('tr[data-lane]').map(tr=>({tr,name:tr.dataset.lane,limit:+tr.dataset.limit,head:tr.cells[0],title:tr.cells[0].firstChild.textContent,cells:[...tr.cells].slice(1).map((td,k)=>{
const lis=[...all('li[id]',td),...all('template',td).flatMap(t=>[...t.content.children])];
return{td,stage:stages[k],items:lis.map(li=>{const o={li,stage:stages[k],lane:tr.dataset.lane,...li.dataset};byId.set(li.id,o);return o})}})}));
const people=known.personas,rank=p=>people.indexOf(p);
byId.forEach(o=>{const who=o.p||'';if(who){o.li.classList.add('p'+(rank(who)+1))}});
// --- which entries a lane shows -----------------------------------------------------------------------------------
const through=o=>o.t&&known.channels[o.t]||[];
const pick=(items,want,has,is,said,notes)=>{ // entries about the part asked for; where a lane has none, those about everybody, and it says so
if(!want)return items.filter(o=>!has(o));
const own=items.filter(is);
if(own.length)return own;
const rest=items.filter(o=>!has(o));if(rest.length)notes.push(said);return rest};
const chosen=(items,persona,notes)=>{
let found=pick(items,state.future,o=>o.f,o=>o.f,'as today',notes);
found=persona==='*'?(x=>x.some(o=>o.p||o.g)?x.filter(o=>o.p):x.filter(o=>!o.p))(found):pick(found,persona,o=>o.p,o=>o.p===persona||!o.p&&o.g===persona,'all customers',notes);
found=pick(found,state.period,o=>o.h,o=>o.h===state.period,'whole period',notes);
if(state.channel){const own=found.filter(o=>o.c===state.channel),at=found.filter(o=>!o.c&&through(o).includes(state.channel));
if(own.length)found=own;else if(at.length)found=at;else{found=found.filter(o=>!o.c);if(found.length)notes.push('all channels')}}else found=found.filter(o=>!o.c);
return state.changes?found.filter(o=>o.n):found};
// --- drawing ------------------------------------------------------------------------------------------------------
const none=()=>make('span',{className:'none'},make('span',{ariaHidden:'true',textContent:'–'}),make('span',{className:'vh',textContent:'no data'}));
const drawn=new WeakMap(); // what a cell shows: most stay as they are when a filter changes
const fill=(td,items,limit)=>{
const before=drawn.get(td);
if(!wanted&&before&&before.limit===limit&&before.items.length===items.length&&items.every((o,k)=>o===before.items[k]))return items.length;
drawn.set(td,{items,limit});
const said=td.querySelector('.remarks'); // what reviewers say of the cell stays, whatever is filtered
if(!items.length){td.replaceChildren(none(),...said?[said]:[]);return 0}
const list=make('ul',{},...items.slice(0,limit).map(o=>o.li)),rest=items.slice(limit);
td.replaceChildren(list);
if(rest.length){const more=make('details',{},make('summary',{textContent:rest.length+' more'}),make('ul',{},...rest.map(o=>o.li)));more.open=rest.some(o=>o.li===wanted);td.append(more)}
if(said)td.append(said)
return items.length};
const note=(th,notes)=>{q('.instead',th)?.remove();if(notes.length)th.append(make('span',{className:'instead',textContent:[...new Set(notes)].join(', ')}))};
let wanted=null,zoomed=null,extra=[];
const width=lane=>state.persona==='*over'?Math.max(people.length,lane.limit):lane.limit;
const columns=()=>state.stage?['',...known.stages[state.stage].map(t=>t[0])]:stages;
const split=(lane,found)=>{const at=new Map(columns().map(c=>[c,[]]));
for(const o of found){const key=state.stage?(at.has(o.t||'')?o.t||'':''):o.stage;at.get(key)?.push(o)}
if(state.persona==='*over')at.forEach(list=>{ // everybody's first entry, then everybody's second
const nth={},turn=new Map(list.map(o=>[o,nth[o.p]=(nth[o.p]||0)+1]));list.sort((a,b)=>turn.get(a)-turn.get(b)||rank(a.p)-rank(b.p))});
return[...at.values()]};
const row=(lane,tr,tds,th,persona)=>{
const items=lane.cells.filter(c=>!state.stage||c.stage===state.stage).flatMap(c=>c.items),notes=[];
const parts=split(lane,chosen(items,persona,notes)),count=parts.reduce((n,list,k)=>n+fill(tds[k],list,width(lane)),0);
note(th,notes);tr.classList.toggle('instead-row',notes.length>0);tr.classList.toggle('empty',!count);return[count,notes.length>0]};
const draw=()=>{
hide();extra.forEach(tr=>tr.remove());extra=[];
const side=state.persona==='*side',one=state.persona.startsWith('p:')?state.persona.slice(2):state.persona==='*over'?'*':'';
map.classList.toggle('all',state.more);map.classList.toggle('over',state.persona==='*over');map.classList.toggle('zoomed',!!state.stage);
let n=0,instead=0;
const body=state.stage?zoom():(unzoom(),table.tBodies[0]);
for(const lane of lanes){
const tr=state.stage?zoomed.rows.get(lane):lane.tr,th=tr.cells[0],tds=[...tr.cells].slice(1);
const own=side?people.filter(p=>lane.cells.some(c=>(!state.stage||c.stage===state.stage)&&c.items.some(o=>o.p===p))):[];
if(own.length>1){ // a row a persona; the row itself keeps all customers
const[count]=row(lane,tr,tds,th,'');n+=count;let after=tr;
for(const p of own){const more=make('tr',{className:'persona p'+(rank(p)+1)+(lane.tr.classList.contains('more')?' more':'')}),head=make('th',{scope:'row'},make('span',{className:'who',textContent:p}),make('span',{className:'vh',textContent:', '+lane.title}));
const cells=tds.map(()=>make('td'));more.append(head,...cells);after.after(more);after=more;extra.push(more);n+=row(lane,more,cells,head,p)[0]}
}else{const[count,fell]=row(lane,tr,tds,th,side?'':one);n+=count;instead+=fell&&count&&(state.more||!lane.tr.classList.contains('more'))?1:0}}
map.classList.toggle('many',side||one==='*');curves(side||one==='*'?['',...people]:one?['',one]:['']);
all('tr.visibility').forEach(v=>{const below=lanes.filter(l=>l.tr.compareDocumentPosition(v)&2);v.classList.toggle('empty',below.every(l=>l.tr.classList.contains('empty')))});
const what=[state.stage,one==='*'?'all personas':one,state.channel,state.period&&known.periods[state.period],state.future&&'future state',state.changes&&'changes only'].filter(Boolean);
status.textContent=what.length||side?(side?[...what,'personas side by side']:what).join(', ')+': '+n+(n===1?' entry':' entries')+(instead?'; '+instead+(instead===1?' lane has':' lanes have')+' nothing about this and '+(instead===1?'says':'say')+' what is shown instead':''):'';
all('[data-map][aria-pressed]').forEach(b=>b.setAttribute('aria-pressed',String(state[b.dataset.map])));
all('select[data-map]').forEach(s=>{if(s.dataset.map in state)s.value=state[s.dataset.map]})};
const curves=shown=>{all('.curve-row [data-p]').forEach(e=>e.classList.toggle('on',shown.includes(e.dataset.p)));
const r=q('.curve-row');if(r)r.hidden=!!state.stage||state.future||!!state.channel||!!state.period||state.changes};
// --- from the lifecycle to a stage and back -------------------------------------------------------------------------
const zoom=()=>{
if(zoomed?.stage===state.stage)return zoomed.body;unzoom();
const touchpoints=known.stages[state.stage],back=make('button',{type:'button',className:'back',textContent:'← All stages'});
back.onclick=()=>{state.stage='';draw();q('thead button[data-stage="'+CSS.escape(zoomedFrom)+'"]',table)?.focus()};
const zoomedFrom=state.stage,head=make('tr',{},make('th',{scope:'col',className:'corner'},back),make('th',{scope:'col'},make('span',{className:'stage',textContent:state.stage}),make('span',{className:'goal',textContent:'the stage as a whole'})),
...touchpoints.map(([name,about])=>make('th',{scope:'col'},make('span',{className:'stage',textContent:name}),make('span',{className:'goal',textContent:about}))));
const body=make('tbody'),rows=new Map(),sub=make('table',{className:'zoom'},make('caption',{textContent:state.stage+': '+touchpoints.length+' touchpoints of the stage. Every entry links to its evidence.'}),make('thead',{},head),body);
sub.style.setProperty('--stages',touchpoints.length+1);
for(const lane of lanes){const th=lane.head.cloneNode(true);q('.instead',th)?.remove();const tr=make('tr',{className:lane.tr.classList.contains('more')?'more':''},th,...columns().map(()=>make('td')));tr.dataset.lane=lane.name;rows.set(lane,tr);body.append(tr)}
table.hidden=true;table.after(sub);zoomed={stage:state.stage,table:sub,body,rows};return body};
const unzoom=()=>{if(zoomed){zoomed.table.remove();zoomed=null;table.hidden=false;lanes.forEach(l=>l.cells.forEach(c=>drawn.delete(c.td)))}};
all('thead th[data-stage]',table).forEach(th=>{if(!known.stages[th.dataset.stage]?.length)return;
const b=make('button',{type:'button',className:'zoomin',textContent:'Zoom in',ariaLabel:'Zoom into '+th.dataset.stage});b.dataset.stage=th.dataset.stage;th.append(b);
b.onclick=()=>{state.stage=th.dataset.stage;draw();q('.back')?.focus()}});
// --- what hover and focus tell ------------------------------------------------------------------------------------
const tip=make('div',{className:'tip',role:'tooltip',id:'tip-'+Math.random().toString(36).slice(2,8),hidden:true});map.append(tip);
let told=null,leaving=0;
const tell=el=>{clearTimeout(leaving);if(told===el)return;hide();const li=el.closest('li[id]'),places=li&&known.t[li.id.slice(2)];if(!places)return;
const[statement,method,...more]=places.map(k=>known.s[k]),size=all('small>span',el).map(x=>x.textContent),value=q('b',el)?.textContent;
tip.replaceChildren(make('b',{textContent:statement}),...[value?value+(size.length>1?', 95 % interval '+size.join(', '):size.length?', '+size[0]+', no interval':'')+(method?'; '+method:''):'',...more].filter(Boolean).map(t=>make('span',{textContent:t})));
tip.hidden=false;told=el;el.setAttribute('aria-describedby',tip.id);place()};
const place=()=>{const r=told.getBoundingClientRect(),w=tip.offsetWidth,h=tip.offsetHeight,vw=d.documentElement.clientWidth;
tip.style.left=Math.max(8,Math.min(r.left,vw-w-8))+'px';tip.style.top=(r.bottom+h+6<innerHeight||r.top<h+6?r.bottom+3:r.top-h-3)+'px'};
const hide=()=>{clearTimeout(leaving);if(told)told.removeAttribute('aria-describedby');told=null;tip.hidden=true};
const spot=e=>e.target.closest?.('.map li[id]>a,.map .item');
map.addEventListener('pointerover',e=>{const el=spot(e);if(el)tell(el);else if(tip.contains(e.target))clearTimeout(leaving)});
map.addEventListener('pointerout',e=>{if(spot(e)||tip.contains(e.target)){clearTimeout(leaving);leaving=setTimeout(hide,120)}});
map.addEventListener('focusin',e=>{const el=spot(e);if(el)tell(el);else hide()});
map.addEventListener('focusout',()=>{leaving=setTimeout(hide,120)});
addEventListener('scroll',()=>{if(told)place()},{passive:true,capture:true,signal});
// --- keyboard: arrows from cell to cell, Escape to close ---------------------------------------------------------------
map.addEventListener('keydown',e=>{
if(e.key==='Escape'){if(!tip.hidden){hide();e.stopPropagation()}else if(state.stage)q('.back')?.click();return}
const step={ArrowLeft:[0,-1],ArrowRight:[0,1],ArrowUp:[-1,0],ArrowDown:[1,0]}[e.key],td=e.target.closest('td,th');
if(!step||!td||!td.closest('tbody')||e.target.closest('summary'))return;
const list=[...td.querySelectorAll('a,.item')].filter(x=>x.offsetParent),at=list.indexOf(e.target);
if(step[0]&&list[at+step[0]]){list[at+step[0]].focus();e.preventDefault();return}
let tr=td.parentElement,k=td.cellIndex;
for(;;){if(step[0]){tr=step[0]>0?tr.nextElementSibling:tr.previousElementSibling}else k+=step[1];
const cell=tr?.cells[k];if(!cell)return;
const inside=[...cell.querySelectorAll('a,.item')].filter(x=>x.offsetParent),to=step[0]<0?inside.at(-1):inside[0];
if(to){to.focus();e.preventDefault();return}}});
// --- controls -----------------------------------------------------------------------------------------------------
all('select[data-map]').forEach(s=>{if(s.dataset.map in state)s.onchange=()=>{state[s.dataset.map]=s.value;draw()}});
all('button[aria-pressed]').forEach(b=>b.onclick=()=>{state[b.dataset.map]=!state[b.dataset.map];draw()});
const print=q('[data-map=print]');if(print)print.onclick=()=>{const r=d.documentElement;r.dataset.print='map';r.dataset.paper=q('[data-map=paper]').value||'A4';
const sheet=new CSSStyleSheet();sheet.insertRule('@page map{size:'+r.dataset.paper+' landscape}');d.adoptedStyleSheets=[sheet];
addEventListener('afterprint',()=>{delete r.dataset.print;delete r.dataset.paper;d.adoptedStyleSheets=[]},{once:true});window.print()};
controls.hidden=false;map.classList.add('scripted');draw();
// --- an address that names an entry finds it in whatever view has it -------------------------------------------------
const go=()=>{const o=location.hash.startsWith('#m-')&&byId.get(decodeURIComponent(location.hash.slice(1)));if(!o)return;
Object.assign(state,{persona:o.p?'p:'+o.p:'',channel:o.c||'',period:o.h||'',stage:'',future:!!o.f,changes:false,more:state.more||o.li.closest('tr')?.classList.contains('more')||lanes.find(l=>l.name===o.lane).tr.classList.contains('more')});
for(let e=map.parentElement;e;e=e.parentElement)if(e instanceof HTMLDetailsElement)e.open=true;
wanted=o.li;draw();wanted=null;o.li.scrollIntoView({block:'center'});q('a,.item',o.li)?.focus()};
addEventListener('hashchange',go,{signal});go();
return{state,draw,lanes}};
document.querySelectorAll('.cjm .map:not(.static)').forEach(m=>cjmMap(m));
