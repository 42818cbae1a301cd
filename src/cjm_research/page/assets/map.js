(()=>{document.querySelectorAll('.cjm .map').forEach(map=>{
const q=s=>map.querySelector(s),persona=q('[data-map=persona]'),channel=q('[data-map=channel]'),more=q('[data-map=more]'),status=q('[data-map=status]');
map.classList.add('scripted');q('.controls').hidden=false;
const show=()=>{const p=persona?persona.value:'',c=channel?channel.value:'';let n=0;
map.querySelectorAll('tbody tr').forEach(row=>{
const items=[...row.querySelectorAll('li')],own=p!==''&&items.some(i=>i.dataset.persona===p),part=c!==''&&items.some(i=>i.dataset.channel===c&&!i.dataset.period);
row.classList.toggle('fallback',p!==''&&!own&&items.length>0);
items.forEach(i=>{const hit=(own?i.dataset.persona===p:!i.dataset.persona)&&(part?i.dataset.channel===c:!i.dataset.channel)&&!i.dataset.period;i.hidden=!hit;n+=hit});
row.querySelectorAll('details').forEach(d=>{const k=[...d.querySelectorAll('li')].filter(i=>!i.hidden).length;d.hidden=!k;d.querySelector('summary').textContent=k+' more'})});
status.textContent=p||c?n+' entries shown'+(p?'; paler rows are of all customers':''):''};
if(persona)persona.onchange=show;if(channel)channel.onchange=show;
if(more)more.onclick=()=>{const on=map.classList.toggle('all');more.setAttribute('aria-pressed',String(on))};
show();
map.addEventListener('keydown',e=>{if(e.key==='Escape'&&map.contains(document.activeElement))document.activeElement.blur()});
const target=location.hash.startsWith('#m-')&&document.getElementById(location.hash.slice(1));
if(target&&target.closest('.more')&&more)more.click();
})})();
