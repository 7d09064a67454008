package estatefile

// mergeFiles joins the files of a folder: sections of the same name become one, and a key that two files write in one
// section is a finding that names both places.
func mergeFiles(r *report, roots []*node) *node {
	if len(roots) == 1 {
		return roots[0]
	}
	out := &node{kind: mapping, at: roots[0].at}
	sections := map[string]*node{}
	first := map[string]map[string]place{} // where a section's keys were written
	for _, root := range roots {
		out.holes = out.holes || root.holes
		for _, section := range root.pairs {
			known := sections[section.key]
			if known == nil {
				known = &node{kind: section.value.kind, at: section.value.at, key: section.at, tag: section.value.tag, text: section.value.text, items: section.value.items}
				sections[section.key], first[section.key] = known, map[string]place{}
				out.pairs = append(out.pairs, pair{section.key, section.at, known})
			} else if known.kind != mapping || section.value.kind != mapping {
				failDuplicate(r, section.key, section.at, known.at)
				continue
			}
			known.holes = known.holes || section.value.holes
			for _, entry := range section.value.pairs {
				if before, twice := first[section.key][entry.key]; twice {
					failDuplicate(r, entry.key, entry.at, before)
					continue
				}
				first[section.key][entry.key] = entry.at
				known.pairs = append(known.pairs, entry)
			}
		}
	}
	return out
}

// mergeDefaults writes the defaults for services into each service of the tree, so that everything that follows knows
// services only as they are meant.
func mergeDefaults(root *node) {
	defaults := root.child("defaults").child("services")
	services := root.child("services")
	if defaults == nil || services == nil || defaults.kind != mapping {
		return
	}
	for i, service := range services.pairs {
		if service.value.kind == mapping {
			services.pairs[i].value = over(service.value, defaultsFor(service.value, defaults))
		}
	}
}

// defaultsFor returns the defaults that apply to a service. Default parameters belong to the default recipe: a service
// that names another recipe must not be given them, and would have no means to take them away.
func defaultsFor(service, defaults *node) *node {
	own, common := service.child("recovery").child("recipe"), defaults.child("recovery")
	if own == nil || common == nil || common.kind != mapping || own.text == common.child("recipe").value() {
		return defaults
	}
	without := *common
	without.pairs = nil
	for _, p := range common.pairs {
		if p.key != "with" {
			without.pairs = append(without.pairs, p)
		}
	}
	changed := *defaults
	changed.pairs = nil
	for _, p := range defaults.pairs {
		if p.key == "recovery" {
			p.value = &without
		}
		changed.pairs = append(changed.pairs, p)
	}
	return &changed
}

// over returns own with what only common has added: mappings merge deeply, anything else in own replaces.
func over(own, common *node) *node {
	if own.kind != mapping || common.kind != mapping {
		return own
	}
	out := *own
	out.holes = own.holes || common.holes
	out.pairs = make([]pair, 0, len(own.pairs)+len(common.pairs))
	has := make(map[string]int, len(own.pairs))
	for _, p := range own.pairs {
		has[p.key] = len(out.pairs)
		out.pairs = append(out.pairs, p)
	}
	for _, p := range common.pairs {
		if i, found := has[p.key]; found {
			out.pairs[i].value = over(out.pairs[i].value, p.value)
		} else {
			out.pairs = append(out.pairs, p)
		}
	}
	return &out
}

// child returns the value of a key, or nil; it may be asked of nothing.
func (n *node) child(key string) *node {
	if n == nil {
		return nil
	}
	for _, p := range n.pairs {
		if p.key == key {
			return p.value
		}
	}
	return nil
}

// value returns the text of a scalar, and of anything else nothing.
func (n *node) value() string {
	if n == nil || n.kind != scalar {
		return ""
	}
	return n.text
}
