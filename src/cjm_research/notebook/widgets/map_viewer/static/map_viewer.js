// The widget around the map: its settings beside it, to try out; asks before anything is written.
const el=(tag,props={},...kids)=>{const e=Object.assign(document.createElement(tag),props);e.append(...kids);return e};
const render=({model,el:root})=>{
let view=null,stop=null;
const map=el('div',{className:'viewer-map'}),words=el('p',{className:'viewer-words'}),proof=el('div',{className:'viewer-proof',hidden:true});
words.setAttribute('role','status');
const id='journey-'+Math.random().toString(36).slice(2,8),label=el('label',{htmlFor:id,textContent:'Journey settings'}),text=el('textarea',{id,spellcheck:false,rows:26}),place=el('select',{ariaLabel:'Go to stage or touchpoint'});
const button=(name,what)=>{const b=el('button',{type:'button',textContent:name});b.onclick=what;return b};
const busy=on=>{root.classList.toggle('busy',on);for(const b of [go,back,save])b.disabled=on};
const ask=m=>{busy(m.type==='try'||m.type==='reset');words.textContent=m.type==='try'?'Computing…':words.textContent;model.send(m)};
const go=button('Try',()=>ask({type:'try',text:text.value})),back=button('Reset',()=>ask({type:'reset'})),save=button('Save to params…',()=>ask({type:'difference'}));
go.title='Ctrl+Enter';go.className='primary';
text.addEventListener('keydown',e=>{e.stopPropagation();if(e.key==='Enter'&&(e.ctrlKey||e.metaKey)){e.preventDefault();go.click()}});
place.onchange=()=>{const at=text.value.search(new RegExp('name:\\s*["\']?'+place.value.replace(/[.*+?^${}()|[\]\\]/g,'\\$&')));if(at<0)return;
text.focus();text.setSelectionRange(at,text.value.indexOf('\n',at));text.scrollTop=(text.value.slice(0,at).split('\n').length-3)*parseFloat(getComputedStyle(text).lineHeight)};
const panel=el('details',{className:'viewer-settings'},el('summary',{textContent:'Try other rules or assumptions'}),el('div',{className:'viewer-bar'},label,place),text,el('div',{className:'viewer-bar'},go,back,save));
const dialog=el('dialog',{className:'viewer-dialog'});
root.classList.add('cjm-map-viewer','cjm');
root.append(panel,words,map,proof,dialog);
map.style.maxHeight=model.get('height')+'px';
map.addEventListener('click',e=>{const item=e.target.closest('.item');if(item)ask({type:'evidence',id:item.closest('li').id.slice(2)})});
map.addEventListener('keydown',e=>{if(e.key==='Enter'&&e.target.classList.contains('item'))e.target.click();if(e.key.startsWith('Arrow'))e.stopPropagation()});
const show=m=>{
const kept=view?{...view.state}:null,top=map.scrollTop;
stop?.abort();stop=new AbortController();
map.innerHTML=m.html;view=cjmMap(map.querySelector('.map'),stop.signal);
if(kept){Object.assign(view.state,kept);view.draw()}
map.scrollTop=top;text.value=m.text;words.innerHTML=m.words;
place.replaceChildren(el('option',{value:'',textContent:'Go to…'}),...m.places.map(p=>el('option',{value:p,textContent:p})))};
const confirm=m=>{
if(!m.text){words.textContent='Nothing to save: '+m.file+' says the same.';return}
const no=button('Cancel',()=>dialog.close()),yes=button('Write '+m.file,()=>{dialog.close();ask({type:'save'})});yes.className='primary';
const lines=el('pre',{tabIndex:0},...m.text.split('\n').map(l=>el('span',{className:l.startsWith('+')?'added':l.startsWith('-')?'removed':'',textContent:l+'\n'})));
dialog.replaceChildren(el('h3',{textContent:'Write this to '+m.file+'?'}),lines,el('div',{className:'viewer-bar'},no,yes));dialog.showModal();no.focus()};
const prove=m=>{
const shut=button('Close',()=>{proof.hidden=true});
proof.replaceChildren(el('b',{textContent:m.statement}),el('p',{textContent:m.holds}),...m.evidence.map(e=>e.quote?el('blockquote',{textContent:e.quote},el('footer',{textContent:[e.document,e.start!==null?'from character '+e.start:''].filter(Boolean).join(', ')})):
el('div',{},el('p',{textContent:(e.rows!==null?e.rows.toLocaleString('en')+' rows of '+e.table+': ':'')+e.definition}),e.sql?el('pre',{tabIndex:0,textContent:e.sql}):'')),shut);
proof.hidden=false;proof.scrollIntoView({block:'nearest'})};
const hear=m=>{busy(false);({map:show,difference:confirm,evidence:prove,refused:x=>{words.textContent=x.words},said:x=>{words.textContent=x.words}})[m.type]?.(m);words.classList.toggle('refused',m.type==='refused')};
model.on('msg:custom',hear);
model.send({type:'ready'});
return()=>{model.off('msg:custom',hear);stop?.abort()}};
export default{render};
