#include "importers/osm_extract.hpp"

#include "geo/error.hpp"
#include "importers/osm_areas.hpp"
#include "importers/osm_box_filter.hpp"
#include "importers/osm_change_set.hpp"
#include "importers/osm_node_places.hpp"
#include "importers/osm_output.hpp"
#include "importers/osm_source.hpp"

#include <fmt/format.h>

#include <osmium/io/header.hpp>
#include <osmium/memory/buffer.hpp>
#include <osmium/osm/box.hpp>
#include <osmium/osm/node.hpp>
#include <osmium/osm/relation.hpp>
#include <osmium/osm/timestamp.hpp>
#include <osmium/osm/way.hpp>

#include <algorithm>
#include <memory>
#include <vector>

namespace keyaki::importers {

namespace {

/// Ids of one type of object, added in the order of osm_id_order.
class IdSet {
  public:
    void add(std::int64_t id) { m_orders.push_back(osm_id_order(id)); }
    [[nodiscard]] bool contains(std::int64_t id) const { return std::binary_search(m_orders.begin(), m_orders.end(), osm_id_order(id)); }

  private:
    std::vector<std::uint64_t> m_orders;
};

/// Refuses objects that are not in the usual order, each once.
class OrderGuard {
  public:
    explicit OrderGuard(std::string file) : m_file(std::move(file)) {}
    void see(const osmium::OSMObject &object) {
        const auto now = OsmObjectKey::of(object);
        if (m_has_last && !(m_last < now)) {
            throw geo::Error(geo::ErrorKind::invalid_input,
                             fmt::format("{}: expected objects in the usual order (nodes, ways, relations, each by id), found {}{} after {}; `osmium "
                                         "sort` puts them in order",
                                         m_file, osmium::item_type_to_char(object.type()), object.id(), m_last.name()));
        }
        m_last = now;
        m_has_last = true;
    }
    [[nodiscard]] std::string place() const { return m_has_last ? " after " + m_last.name() : ""; }

  private:
    std::string m_file;
    OsmObjectKey m_last;
    bool m_has_last = false;
};

std::int64_t time_s(const osmium::OSMObject &object) { return static_cast<std::int64_t>(object.timestamp().seconds_since_epoch()); }

osmium::io::Header header_of(const std::optional<geo::LonLatBox> &box, std::int64_t changed_at_s, std::uint64_t sequence) {
    osmium::io::Header header;
    header.set("generator", "keyaki");
    header.set("sorting", "Type_then_ID");
    if (box) {
        header.add_box(osmium::Box(box->west_deg, box->south_deg, box->east_deg, box->north_deg));
    }
    if (changed_at_s > 0) {
        header.set(osm_header_time, osmium::Timestamp(static_cast<std::uint32_t>(changed_at_s)).to_iso());
    }
    if (sequence > 0) {
        header.set(osm_header_sequence, std::to_string(sequence));
    }
    return header;
}

void count(OsmChangeReport &report, const osmium::OSMObject &object) {
    ++(object.type() == osmium::item_type::node ? report.nodes : object.type() == osmium::item_type::way ? report.ways : report.relations);
}

/// Passes through one file, with the order of its objects watched and progress told.
class Passes {
  public:
    Passes(const OsmSource &source, unsigned count, const Progress &progress) : m_source(source), m_count(count), m_progress(progress) {}

    template <typename Take>
    void pass(OsmObjects objects, Take take) {
        OrderGuard guard(m_source.name());
        m_source.read(
            objects, [&] { return guard.place(); },
            [&](osmium::memory::Buffer &buffer) {
                for (const osmium::OSMObject &object : buffer.select<osmium::OSMObject>()) {
                    guard.see(object);
                    take(object);
                }
            },
            [&](std::uint64_t bytes) {
                if (m_progress) {
                    m_progress(m_passed * m_source.size_bytes() + bytes, m_count * m_source.size_bytes(), "bytes");
                }
            });
        ++m_passed;
    }

  private:
    const OsmSource &m_source;
    unsigned m_count;
    unsigned m_passed = 0;
    const Progress &m_progress;
};

/// What a box takes of a file: what its features need, each node in it, and each relation with a part of that.
class BoxChoice {
  public:
    explicit BoxChoice(const geo::LonLatBox &box) : m_box(box), m_filter(box) {}

    void survey(const osmium::OSMObject &object) {
        if (object.type() == osmium::item_type::node) {
            const auto &node = static_cast<const osmium::Node &>(object);
            m_filter.survey(node);
            if (node.location().valid() && m_box.contains({node.location().lon(), node.location().lat()})) {
                m_nodes.add(node.id());
            }
        } else if (object.type() == osmium::item_type::way) {
            m_filter.survey(static_cast<const osmium::Way &>(object));
        } else if (const auto &relation = static_cast<const osmium::Relation &>(object); OsmAreas::is_area(relation)) {
            m_filter.survey(relation);
        }
    }
    void need_nodes(const osmium::Way &way) { m_filter.need_nodes_of(way); }
    void finish() { m_filter.finish(); }

    /// \pre in the order of the file
    [[nodiscard]] bool takes(const osmium::OSMObject &object) {
        switch (object.type()) {
        case osmium::item_type::node: return m_nodes.contains(object.id()) || m_filter.needs_node(object.id());
        case osmium::item_type::way: return m_filter.needs_way(object.id());
        default: return takes_relation(static_cast<const osmium::Relation &>(object));
        }
    }

  private:
    [[nodiscard]] bool takes_relation(const osmium::Relation &relation) {
        const auto &members = relation.members();
        const bool is_taken =
            m_filter.needs_relation(relation.id()) || std::any_of(members.begin(), members.end(), [this](const osmium::RelationMember &member) {
                return member.type() == osmium::item_type::node  ? m_nodes.contains(member.ref())
                       : member.type() == osmium::item_type::way ? m_filter.needs_way(member.ref())
                                                                 : m_relations.contains(member.ref());
            });
        if (is_taken) {
            m_relations.add(relation.id());
        }
        return is_taken;
    }

    geo::LonLatBox m_box;
    OsmBoxFilter m_filter;
    IdSet m_nodes;
    IdSet m_relations;
};

/// The time of the newest change of each file, in seconds since 1970; 0: none has one.
std::vector<std::int64_t> read_changes(OsmChangeSet &set, std::span<const std::filesystem::path> paths, const Progress &progress) {
    std::vector<std::int64_t> newest_s;
    std::uint64_t total = 0;
    std::vector<std::unique_ptr<const OsmSource>> sources;
    for (const std::filesystem::path &path : paths) {
        sources.push_back(std::make_unique<const OsmSource>(path, OsmFileKind::changes));
        total += sources.back()->size_bytes();
    }
    std::uint64_t before = 0;
    for (const auto &source : sources) {
        const std::size_t file = newest_s.size();
        newest_s.push_back(0);
        source->read(
            OsmObjects::nodes_and_ways_and_relations, [] { return std::string(); },
            [&](osmium::memory::Buffer &buffer) {
                for (const osmium::OSMObject &object : buffer.select<osmium::OSMObject>()) {
                    newest_s[file] = std::max(newest_s[file], time_s(object));
                }
                set.add(std::move(buffer), file);
            },
            [&](std::uint64_t bytes) {
                if (progress) {
                    progress(before + bytes, total, "bytes");
                }
            });
        before += source->size_bytes();
    }
    return newest_s;
}

/// A file without anything newer than the extract may still change what the extract has, as versions tell. What is new by it may be what the extract
/// has lost since.
void refuse_late(const OsmChangeSet &set, std::span<const std::filesystem::path> paths, const std::vector<std::int64_t> &newest_s,
                 std::int64_t current_at_s) {
    const auto iso = [](std::int64_t seconds) { return osmium::Timestamp(static_cast<std::uint32_t>(seconds)).to_iso(); };
    for (const OsmChangeSet::Entry &entry : set.entries()) {
        const std::int64_t ends_s = newest_s[entry.file];
        if (entry.is_taken && ends_s > 0 && ends_s <= current_at_s) {
            throw geo::Error(
                geo::ErrorKind::conflict,
                fmt::format("{}: expected changes after {}, to which the extract is current, found none after {}, and {} among them that the "
                            "extract does not have: it comes too late; nothing was changed",
                            paths[entry.file].filename().string(), iso(current_at_s), iso(ends_s), OsmObjectKey::of(*entry.object).name()));
        }
    }
}

/// Whether a change is newer than what the extract has. A deletion often has the number of the version that it deletes.
bool is_newer(const osmium::OSMObject &change, const osmium::OSMObject &known) {
    return change.version() > known.version() || known.version() == 0 || (!change.visible() && change.version() == known.version());
}

/// The merged stream.
class Merge {
  public:
    Merge(OsmChangeSet &changes, OsmOutput &output, OsmChangeReport &report) : m_changes(changes), m_output(output), m_report(report) {}

    /// The extract's next object.
    void take(const osmium::OSMObject &known) {
        write_new_before(OsmObjectKey::of(known));
        const OsmChangeSet::Entry *change = m_changes.find(known);
        if (change == nullptr) {
            return write(known);
        }
        if (!is_newer(*change->object, known)) {
            ++m_report.known;
            return write(known);
        }
        if (!change->object->visible()) {
            ++m_report.deleted;
            return;
        }
        ++m_report.modified;
        write(*change->object);
    }
    void finish() { write_new_before(std::nullopt); }

  private:
    void write(const osmium::OSMObject &object) {
        count(m_report, object);
        m_output.write(object);
    }
    /// Everything new that comes before this object, or all that is left.
    void write_new_before(const std::optional<OsmObjectKey> &next) {
        const auto entries = m_changes.entries();
        for (; m_next < entries.size() && (!next || OsmObjectKey::of(*entries[m_next].object) < *next); ++m_next) {
            const OsmChangeSet::Entry &entry = entries[m_next];
            if (entry.is_known) {
                continue;
            }
            if (!entry.is_taken) {
                ++m_report.elsewhere;
                continue;
            }
            ++m_report.created;
            m_report.unknown += entry.object->version() > 1 ? 1U : 0U;
            write(*entry.object);
        }
    }

    OsmChangeSet &m_changes;
    OsmOutput &m_output;
    OsmChangeReport &m_report;
    std::size_t m_next = 0;
};

} // namespace

OsmChangeReport change_osm_extract(const std::filesystem::path &extract, std::span<const std::filesystem::path> changes,
                                   const OsmChangeOptions &options, const OsmBytesSink &sink, const Progress &progress) {
    OsmSource source(extract);
    source.want_versions();
    const OsmFileHeader header = source.header();
    OsmChangeSet set;
    const std::vector<std::int64_t> newest_s = read_changes(set, changes, progress);
    set.sort();
    std::int64_t current_at_s = 0;
    Passes passes(source, 2, progress);
    passes.pass(OsmObjects::nodes_and_ways_and_relations, [&](const osmium::OSMObject &object) {
        current_at_s = std::max(current_at_s, time_s(object));
        set.see_known(object);
    });
    set.choose(options.box);
    current_at_s = header.changed_at_s.value_or(current_at_s); // the newest object, where nothing better is there to go by
    if (options.sequence == 0) {
        refuse_late(set, changes, newest_s, current_at_s);
    }
    OsmChangeReport report;
    report.changed_at_s = std::max(current_at_s, set.newest_s());
    report.sequence = options.sequence > 0 ? options.sequence : header.sequence.value_or(0);
    report.box = options.box.value_or(geo::LonLatBox());
    OsmOutput output(header_of(header.box, report.changed_at_s, report.sequence), sink);
    Merge merge(set, output, report);
    passes.pass(OsmObjects::nodes_and_ways_and_relations, [&](const osmium::OSMObject &object) { merge.take(object); });
    merge.finish();
    if (options.sequence == 0 && report.known > 0 && report.created + report.modified + report.deleted == 0) {
        throw geo::Error(
            geo::ErrorKind::conflict,
            fmt::format("{}: expected changes that the extract does not have, found {} that it has already: they were applied before; nothing "
                        "was changed",
                        changes.front().filename().string(), report.known));
    }
    output.finish();
    return report;
}

OsmChangeReport cut_osm_extract(const std::filesystem::path &path, const std::optional<geo::LonLatBox> &box, const OsmBytesSink &sink,
                                const Progress &progress) {
    OsmSource source(path);
    source.want_versions();
    const OsmFileHeader header = source.header();
    Passes passes(source, box ? 3 : 2, progress);
    OsmChangeReport report;
    std::optional<BoxChoice> choice;
    if (box) {
        choice.emplace(*box);
    }
    std::int64_t newest_s = 0;
    geo::LonLatBox around;
    passes.pass(OsmObjects::nodes_and_ways_and_relations, [&](const osmium::OSMObject &object) {
        newest_s = std::max(newest_s, time_s(object));
        if (const auto place = object.type() == osmium::item_type::node ? static_cast<const osmium::Node &>(object).location() : osmium::Location();
            place.valid()) {
            around.extend(geo::LonLat{place.lon(), place.lat()});
        }
        if (choice) {
            choice->survey(object);
        }
    });
    report.changed_at_s = header.changed_at_s.value_or(newest_s);
    report.sequence = header.sequence.value_or(0);
    report.box = box ? *box : header.box.value_or(around);
    if (choice) {
        passes.pass(OsmObjects::ways, [&](const osmium::OSMObject &object) {
            if (object.type() == osmium::item_type::way) {
                choice->need_nodes(static_cast<const osmium::Way &>(object));
            }
        });
        choice->finish();
    }
    OsmOutput output(header_of(box ? box : header.box, report.changed_at_s, report.sequence), sink);
    passes.pass(OsmObjects::nodes_and_ways_and_relations, [&](const osmium::OSMObject &object) {
        if (object.visible() && (!choice || choice->takes(object))) {
            count(report, object);
            output.write(object);
        }
    });
    output.finish();
    return report;
}

} // namespace keyaki::importers
