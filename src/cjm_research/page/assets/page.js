(()=>{
const d=document,r=d.documentElement,b=d.getElementById('theme');
let t=null;try{t=localStorage.getItem('cjm-theme')}catch(e){}
const dark=()=>(r.dataset.theme||(matchMedia('(prefers-color-scheme:dark)').matches?'dark':'light'))==='dark';
const name=()=>{if(b)b.textContent=dark()?'Light':'Dark'};
if(t==='dark'||t==='light')r.dataset.theme=t;
if(b){b.hidden=false;name();b.onclick=()=>{r.dataset.theme=dark()?'light':'dark';try{localStorage.setItem('cjm-theme',r.dataset.theme)}catch(e){}name()}}
const open=()=>{const e=location.hash.length>1&&d.getElementById(decodeURIComponent(location.hash.slice(1)));
if(e){for(let p=e;p;p=p.parentElement)if(p instanceof HTMLDetailsElement)p.open=true;e.scrollIntoView()}};
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
const find=d.getElementById('find');if(find instanceof HTMLInputElement){const rows=[.../** @type {NodeListOf<HTMLElement>} */(d.querySelectorAll('[data-find]'))],out=d.getElementById('found');
find.oninput=()=>{const words=find.value.toLowerCase().split(/\s+/).filter(Boolean);let n=0;
rows.forEach(row=>{const text=(row.dataset.find+' '+row.textContent).toLowerCase(),hit=words.every(w=>text.includes(w));row.hidden=!hit;if(hit)n++});
out.textContent=words.length?n+' of '+rows.length:''}}
})();
