(()=>{
const d=document,r=d.documentElement,b=d.getElementById('theme');
let t=null;try{t=localStorage.getItem('cjm-theme')}catch(e){}
const dark=()=>(r.dataset.theme||(matchMedia('(prefers-color-scheme:dark)').matches?'dark':'light'))==='dark';
const name=()=>{if(b)b.textContent=dark()?'Light':'Dark'};
if(t==='dark'||t==='light')r.dataset.theme=t;
if(b){b.hidden=false;name();b.onclick=()=>{r.dataset.theme=dark()?'light':'dark';try{localStorage.setItem('cjm-theme',r.dataset.theme)}catch(e){}name()}}
const open=()=>{const e=location.hash.length>1&&d.getElementById(decodeURIComponent(location.hash.slice(1)));
if(e){for(let p=e;p;p=p.parentElement)if(p instanceof HTMLDetailsElement)p.open=true;const q=e.querySelector(':scope>details');if(e.matches('.queries>li')&&q instanceof HTMLDetailsElement)q.open=true;e.scrollIntoView()}};
addEventListener('hashchange',open);open();
addEventListener('beforeprint',()=>d.querySelectorAll('details').forEach(e=>{if(e.matches('.method'))e.open=true}));
const val=(row,i)=>{const c=row.cells[i];if(!c)return'';const s=c.dataset.s??c.textContent.trim();
const n=Number(s.replace(/[\u202f\u00a0 ,%]/g,'').replace('\u2212','-'));return s!==''&&!isNaN(n)?n:s};
d.querySelectorAll('table').forEach(table=>{if(!table.matches('.sortable'))return;const body=table.tBodies[0],first=[...body.rows];
[...table.tHead.rows[0].cells].forEach((th,i)=>{if(th.tagName!=='TH')return;
const k=d.createElement('button');k.type='button';k.textContent=th.textContent;th.replaceChildren(k);
k.onclick=()=>{const was=th.getAttribute('aria-sort');[...table.tHead.rows[0].cells].forEach(x=>x.removeAttribute('aria-sort'));
if(was==='descending'){body.append(...first);return}
const up=was==='ascending'?-1:1;th.setAttribute('aria-sort',up>0?'ascending':'descending');
body.append(...first.map((row,j)=>[val(row,i),j,row]).sort((x,y)=>{const[a,p]=x,[c,q]=y;
if(a===''||a==='–')return c===''||c==='–'?p-q:1;if(c===''||c==='–')return-1;
return(typeof a==='number'&&typeof c==='number'?a-c:String(a).localeCompare(String(c)))*up||p-q}).map(x=>x[2]))}})});
d.querySelectorAll('table').forEach(t=>{if(!t.matches('[data-peek]'))return;const n=t.tBodies[0].rows.length,k=d.createElement('button');t.classList.add('peek');
k.type='button';k.className='more-rows';k.textContent='Show all '+n+' rows';k.onclick=()=>{t.classList.remove('peek');k.remove()};t.parentElement?.after(k)});
const find=d.getElementById('find');if(find instanceof HTMLInputElement){const rows=[.../** @type {NodeListOf<HTMLElement>} */(d.querySelectorAll('[data-find]'))],out=d.getElementById('found');
/** @type {Map<HTMLElement,[string,string][]>} what each client says, as (address, sentence): its answers, then its findings */const said=new Map();
/** @param {HTMLElement} row */const sentences=row=>{let known=said.get(row);if(!known){const hits=row.querySelector('.hits');
known=[.../** @type {NodeListOf<HTMLAnchorElement>} */(row.querySelectorAll('details a'))].map(a=>/** @type {[string,string]} */([a.getAttribute('href')||'',a.textContent||'']));
if(hits)known.push(...JSON.parse(hits.textContent||'[]'));said.set(row,known)}return known};
/** @param {HTMLElement} to @param {string} text @param {string[]} words marks the words in the text */const mark=(to,text,words)=>{let rest=text;while(rest){const low=rest.toLowerCase();
let at=-1,word='';for(const w of words){const i=low.indexOf(w);if(i>=0&&(at<0||i<at||(i===at&&w.length>word.length))){at=i;word=w}}
if(at<0||low.length!==rest.length){to.append(rest);return}
const m=d.createElement('mark');m.textContent=rest.slice(at,at+word.length);to.append(rest.slice(0,at),m);rest=rest.slice(at+word.length)}};
find.oninput=()=>{const words=find.value.toLowerCase().split(/\s+/).filter(Boolean);let n=0;
rows.forEach(row=>{const list=row.querySelector('.found'),who=(row.dataset.find+' '+(row.querySelector('.who')?.textContent||'')).toLowerCase();
const own=words.filter(w=>!who.includes(w)),found=own.length?sentences(row).filter(([,text])=>{const low=text.toLowerCase();return own.every(w=>low.includes(w))}):[];
const card=[...row.querySelectorAll('.who,.what>p')].map(e=>e.textContent).join(' ').toLowerCase(),hit=words.every(w=>(row.dataset.find+' '+card).toLowerCase().includes(w))||found.length>0;
row.hidden=!hit;if(hit)n++;
if(list instanceof HTMLElement){list.replaceChildren(...found.slice(0,5).map(([href,text])=>{const li=d.createElement('li'),a=d.createElement('a');a.href=href;mark(a,text,own);li.append(a);return li}));
if(found.length>5){const li=d.createElement('li');li.textContent='and '+(found.length-5)+' more';list.append(li)}
list.hidden=!found.length}});
if(out)out.textContent=words.length?n+' of '+rows.length:''}}
/* what a reviewer sends back about a finding */
d.querySelectorAll('.evidence>ul>li[id^="f-"]').forEach(li=>{const b=d.createElement('button');b.type='button';b.className='remark';b.textContent='Copy as comment';
b.onclick=()=>{const own=li.querySelector('.statement')?.textContent||'';
const text='- author: \n  date: '+new Date().toISOString().slice(0,10)+'\n  finding: '+li.id.slice(2)+'  # '+own.replace(/\s+/g,' ').slice(0,160)+'\n  status: open\n  text: ""\n';
let area=li.querySelector('textarea');if(!area){area=d.createElement('textarea');area.rows=6;area.readOnly=true;area.setAttribute('aria-label','Comment to send back');b.after(area)}
area.value=text;area.focus();area.select();let done=false;try{done=d.execCommand('copy')}catch(e){}
b.textContent=done?'Copied: fill in author and text':'Select and copy the text below'};
(li.querySelector('.statement')||li).after(b)})
})();
