#include "importers/delimited_import.hpp"

#include "geo/error.hpp"
#include "importers/delimited_text.hpp"
#include "importers/limits.hpp"
#include "importers/table_import.hpp"
#include "importers/table_shape.hpp"
#include "importers/text_encoding.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace keyaki::importers {

namespace {

constexpr std::size_t sample_rows = 3;

/// Walks over the whole file in one encoding, chunk by chunk.
class TextWalk {
  public:
    TextWalk(ByteSource &source, const std::string &encoding) : m_source(source), m_decoder(encoding) { m_source.rewind(); }

    /// Nothing at the end.
    bool next(std::string &text) {
        text.clear();
        const std::size_t got = m_at_end ? 0 : m_source.read(m_bytes);
        m_done_bytes += got;
        if (got == 0) {
            if (std::exchange(m_at_end, true)) {
                return false;
            }
            m_decoder.decode({}, text, true);
            return true;
        }
        m_decoder.decode(std::string_view(m_bytes.data(), got), text, false);
        return true;
    }
    [[nodiscard]] std::uint64_t done_bytes() const { return m_done_bytes; }
    [[nodiscard]] std::uint64_t invalid() const { return m_decoder.invalid(); }

  private:
    ByteSource &m_source;
    TextDecoder m_decoder;
    std::array<char, read_chunk_bytes> m_bytes{};
    std::uint64_t m_done_bytes = 0;
    bool m_at_end = false;
};

/// A delimited file's rows, in the encoding that was found.
class DelimitedRows final : public TableRows {
  public:
    explicit DelimitedRows(ByteSource &source) : m_source(source) {}

    void set_form(std::string encoding, char separator) {
        m_encoding = std::move(encoding);
        m_separator = separator;
    }
    void walk(const Visitor &visit, const std::function<void(std::uint64_t)> &progress) override {
        TextWalk walk(m_source, m_encoding);
        DelimitedTextParser parser(m_separator, visit);
        std::string text;
        while (!parser.stopped() && walk.next(text)) {
            parser.feed(text);
            progress(walk.done_bytes());
        }
        if (!parser.stopped()) {
            parser.finish();
        }
        m_undecodable = walk.invalid();
    }
    [[nodiscard]] std::uint64_t total_or_0() const override { return m_source.size_bytes(); }
    [[nodiscard]] std::string_view unit() const override { return "bytes"; }
    [[nodiscard]] std::uint64_t undecodable() const override { return m_undecodable; }

  private:
    ByteSource &m_source;
    std::string m_encoding;
    char m_separator = ',';
    std::uint64_t m_undecodable = 0;
};

/// Finds out what the text is written in.
class DelimitedForm {
  public:
    DelimitedForm(ByteSource &source, const ImportOptions &options, ImportReport &report) : m_source(source), m_options(options), m_report(report) {}
    void find_encoding();
    /// Separator, sample and signs of damage, from the first rows as they read.
    [[nodiscard]] char look_at_start();

  private:
    ByteSource &m_source;
    const ImportOptions &m_options;
    ImportReport &m_report;
};

void DelimitedForm::find_encoding() {
    EncodingDetector detector;
    std::array<char, read_chunk_bytes> bytes; // NOLINT: filled by read
    m_source.rewind();
    for (std::uint64_t looked_at = 0; looked_at < encoding_evidence_bytes;) {
        const std::size_t got = m_source.read(bytes);
        if (got == 0) {
            break;
        }
        detector.add(std::string_view(bytes.data(), got));
        looked_at += got;
    }
    const EncodingGuess guess = detector.guess();
    if (!m_options.encoding) {
        m_report.encoding = {guess.name, guess.evidence, {}};
    } else {
        const std::string given = canonical_encoding(*m_options.encoding);
        m_report.encoding = {given, "given by --encoding", {}};
        if (guess.certain && !detector.ascii_only() && guess.name != given && given != damaged_cp932) {
            m_report.warn(fmt::format("the text was read as {} as given, but looks like {} ({})", given, guess.name, guess.evidence));
        }
    }
}

char DelimitedForm::look_at_start() {
    TextWalk walk(m_source, m_report.encoding.name);
    std::string start;
    std::string text;
    while (start.size() < encoding_sample_bytes && walk.next(text)) {
        start += text;
    }
    if (const std::size_t zero = start.find('\0'); zero != std::string::npos) {
        throw geo::Error(geo::ErrorKind::invalid_input,
                         fmt::format("expected a table of text, found a zero byte in line {} when read as {}",
                                     std::count(start.begin(), start.begin() + static_cast<std::ptrdiff_t>(zero), '\n') + 1, m_report.encoding.name));
    }
    const char separator = find_separator(start);
    DelimitedTextParser parser(separator, [&](std::uint64_t, std::vector<std::string> &cells) {
        if (!is_empty_row(cells)) {
            m_report.encoding.sample.push_back(quoted_value(fmt::format("{}", fmt::join(cells, ","))));
        }
        return m_report.encoding.sample.size() < sample_rows;
    });
    parser.feed(start);
    if (const auto mojibake = find_mojibake(start)) {
        m_report.suspect(
            {0, "", mojibake->shown, fmt::format("looks like {}; it would then read \"{}\"", mojibake->what, mojibake->meant), "mojibake"});
        const std::string remedy = mojibake->option.empty() ? "" : fmt::format(": --encoding {} reads it so", mojibake->option);
        m_report.warn(
            fmt::format("the text looks like {} (\"{}\" would then be \"{}\"){}", mojibake->what, mojibake->shown, mojibake->meant, remedy));
    }
    return separator;
}

} // namespace

ImportReport read_delimited_text(ByteSource &source, const ImportOptions &options, const FeatureSink &sink, const Progress &progress) {
    ImportReport report;
    report.driver = "delimited text";
    DelimitedForm form(source, options, report);
    form.find_encoding();
    DelimitedRows rows(source);
    const char separator = form.look_at_start();
    rows.set_form(report.encoding.name, separator);
    return read_table(rows, std::move(report), options, sink, progress);
}

} // namespace keyaki::importers
