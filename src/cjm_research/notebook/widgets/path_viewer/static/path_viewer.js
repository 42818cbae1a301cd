// Two sliders; the kernel draws. Nothing is computed here, so the picture is that of the report.
const el=(tag,props={},...kids)=>{const e=Object.assign(document.createElement(tag),props);e.append(...kids);return e};
const render=({model,el:root})=>{
root.classList.add('cjm-path-viewer','cjm');
const words=el('p',{className:'path-words'}),picture=el('div',{className:'path-drawing'});words.setAttribute('role','status');
const sliders=[['nodes','Values told apart'],['moves','Moves shown']].map(([name,title])=>{
const id='path-'+name+'-'+Math.random().toString(36).slice(2,8),range=el('input',{type:'range',id,step:1}),shown=el('output',{htmlFor:id});
const read=()=>{[range.min,range.max]=model.get('limits')[name];range.value=model.get(name);shown.value=range.value};
range.oninput=()=>{shown.value=range.value};
range.onchange=()=>{root.classList.add('busy');model.set(name,+range.value);model.save_changes()};
range.onkeydown=e=>e.stopPropagation(); // the arrows are the slider's, not JupyterLab's
read();model.on('change:'+name,read);model.on('change:limits',read);
return el('div',{className:'path-slider'},el('label',{htmlFor:id,textContent:title}),range,shown)});
const draw=()=>{picture.innerHTML=model.get('drawing');root.classList.remove('busy')},say=()=>{words.textContent=model.get('said');root.classList.remove('busy')};
root.append(el('div',{className:'path-bar'},...sliders),words,picture);
draw();say();
model.on('change:drawing',draw);model.on('change:said',say);
return()=>{model.off('change:drawing',draw);model.off('change:said',say)}};
export default{render};
