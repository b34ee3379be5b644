#include "importers/child_reader.hpp"

#include "geo/error.hpp"
#include "importers/child_process.hpp"
#include "importers/feature_stream.hpp"
#include "importers/osm_rules.hpp"

#include <fmt/format.h>

namespace keyaki::importers {

namespace {

std::vector<std::string> first_arguments(const std::filesystem::path &program, std::string_view command, const std::filesystem::path &path) {
    return {program.string(), std::string(command), std::filesystem::absolute(path).string()};
}

std::vector<std::string> arguments_of(const std::filesystem::path &program, const std::filesystem::path &path, const ImportOptions &options) {
    std::vector<std::string> arguments = first_arguments(program, child_reader_command, path);
    const auto add = [&](const char *name, const std::optional<std::string> &value) {
        if (value) {
            arguments.emplace_back(name);
            arguments.push_back(*value);
        }
    };
    add("--encoding", options.encoding);
    add("--crs", options.crs);
    add("--key", options.key_column);
    add("--lon-column", options.lon_column);
    add("--lat-column", options.lat_column);
    add("--layer-in-file", options.layer_in_file);
    add("--preset", options.preset);
    if (options.refuse_invalid) {
        add("--invalid", "refuse");
    }
    return arguments;
}

/// Hands on what the frames say; the report ends it.
template <typename Report, typename TakeFeature>
std::optional<Report> take_items(FrameReader &frames, const TakeFeature &take, const Progress &progress) {
    while (auto item = frames.next()) {
        if (const auto *step = std::get_if<StreamProgress>(&*item)) {
            if (progress) {
                progress(step->done, step->total, step->unit);
            }
        } else if (const auto *error = std::get_if<StreamError>(&*item)) {
            throw geo::Error(error->kind, error->sentence);
        } else if (auto *report = std::get_if<Report>(&*item)) {
            return std::move(*report);
        } else {
            take(*item);
        }
    }
    return std::nullopt;
}

/// The whole conversation with one child.
template <typename Report, typename TakeFeature>
Report read_through(std::vector<std::string> arguments, const std::filesystem::path &path, const ChildLimits &limits, const TakeFeature &take,
                    const Progress &progress, const std::stop_token &stop) {
    const StopSignal signal(stop);
    ChildProcess child(std::move(arguments));
    FrameReader frames;
    std::vector<char> buffer(child_pipe_bytes);
    for (std::size_t got = child.read(buffer, signal); got > 0; got = child.read(buffer, signal)) {
        frames.feed(std::string_view(buffer.data(), got));
        if (auto report = take_items<Report>(frames, take, progress)) {
            return *std::move(report);
        }
    }
    child.refuse_end(path, limits);
}

/// The feature of that kind; \throws geo::Error corrupt for one of the other
template <typename Item>
Item &expected(StreamItem &item) {
    auto *found = std::get_if<Item>(&item);
    if (found == nullptr) {
        throw geo::Error(geo::ErrorKind::corrupt, "expected a well-formed answer from the process that read the file, found items of another reader");
    }
    return *found;
}

std::string box_argument(const std::optional<geo::LonLatBox> &box) {
    return box ? fmt::format("{},{},{},{}", box->west_deg, box->south_deg, box->east_deg, box->north_deg) : std::string(no_box_argument);
}

/// The bytes of the file that the child makes, and what it says of it.
OsmChangeReport make_through(std::vector<std::string> arguments, const std::filesystem::path &path, const OsmBytesSink &sink,
                             const Progress &progress) {
    const auto take = [&](StreamItem &item) { sink(expected<StreamBytes>(item).bytes); };
    return read_through<OsmChangeReport>(std::move(arguments), path, osm_file_limits, take, progress, {});
}

void check_count(std::uint64_t reported, std::uint64_t found) {
    if (reported != found) {
        throw geo::Error(geo::ErrorKind::corrupt,
                         fmt::format("expected {} features as the reading process reports, found {} in its answer", reported, found));
    }
}

} // namespace

ImportReport read_in_child(const std::filesystem::path &program_path, const std::filesystem::path &path, const ImportOptions &options,
                           const FeatureSink &sink, const Progress &progress, const std::stop_token &stop) {
    std::uint64_t features = 0;
    const auto take = [&](StreamItem &item) {
        if (auto *lost = std::get_if<LostRow>(&item)) {
            return sink.lose(std::move(*lost));
        }
        ++features;
        auto &found = expected<StreamFeature>(item);
        sink(std::move(found.feature), found.row);
    };
    auto report = read_through<ImportReport>(arguments_of(program_path, path, options), path, city_file_limits, take, progress, stop);
    check_count(report.features, features);
    return report;
}

OsmReport read_osm_in_child(const std::filesystem::path &program_path, const std::filesystem::path &path, const OsmOptions &options,
                            const OsmSink &sink, const Progress &progress) {
    std::vector<std::string> arguments = first_arguments(program_path, osm_child_reader_command, path);
    arguments.push_back(box_argument(options.bbox));
    std::uint64_t features = 0;
    const auto take = [&](StreamItem &item) {
        ++features;
        auto &found = expected<StreamOsmFeature>(item);
        sink(osm_layers()[found.layer].id, std::move(found.feature));
    };
    auto report = read_through<OsmReport>(std::move(arguments), path, osm_file_limits, take, progress, {});
    std::uint64_t reported = 0;
    for (const auto &[layer, count] : report.features) {
        reported += count;
    }
    check_count(reported, features);
    return report;
}

OsmChangeReport cut_osm_extract_in_child(const std::filesystem::path &program_path, const std::filesystem::path &path,
                                         const std::optional<geo::LonLatBox> &box, const OsmBytesSink &sink, const Progress &progress) {
    std::vector<std::string> arguments = first_arguments(program_path, osm_child_cutter_command, path);
    arguments.push_back(box_argument(box));
    return make_through(std::move(arguments), path, sink, progress);
}

OsmChangeReport change_osm_extract_in_child(const std::filesystem::path &program_path, const std::filesystem::path &folder, std::string_view extract,
                                            std::span<const std::string> changes, const OsmChangeOptions &options, const OsmBytesSink &sink,
                                            const Progress &progress) {
    std::vector<std::string> arguments = first_arguments(program_path, osm_child_changer_command, folder);
    arguments.push_back(box_argument(options.box));
    arguments.push_back(std::to_string(options.sequence));
    arguments.emplace_back(extract);
    arguments.insert(arguments.end(), changes.begin(), changes.end());
    return make_through(std::move(arguments), folder / extract, sink, progress);
}

} // namespace keyaki::importers
