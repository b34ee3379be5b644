#include "importers/xml_survey.hpp"

#include "geo/error.hpp"
#include "importers/limits.hpp"

#include <expat.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>

namespace keyaki::importers {

namespace {

struct ParserFree {
    void operator()(XML_Parser parser) const noexcept { XML_ParserFree(parser); }
};

/// What the callbacks see; C calls them, so they stop the parser instead of throwing.
struct Survey {
    XML_Parser parser = nullptr;
    std::initializer_list<std::string_view> elements;
    std::uint64_t features = 0;
    std::size_t depth = 0;
    const char *found = nullptr; ///< why the parser was stopped
};

void XMLCALL begin_element(void *data, const XML_Char *name, const XML_Char **) {
    auto &survey = *static_cast<Survey *>(data);
    const std::string_view whole = name;
    const std::string_view local = whole.substr(whole.find(':') == std::string_view::npos ? 0 : whole.find(':') + 1);
    survey.features += std::find(survey.elements.begin(), survey.elements.end(), local) != survey.elements.end() ? 1U : 0U;
    if (++survey.depth > max_xml_depth) {
        survey.found = "elements nested deeper";
        XML_StopParser(survey.parser, XML_FALSE);
    }
}

void XMLCALL end_element(void *data, const XML_Char *) { --static_cast<Survey *>(data)->depth; }

void XMLCALL declare_entity(void *data, const XML_Char *, int, const XML_Char *, int, const XML_Char *, const XML_Char *, const XML_Char *,
                            const XML_Char *) {
    auto &survey = *static_cast<Survey *>(data);
    survey.found = "the declaration of an entity";
    XML_StopParser(survey.parser, XML_FALSE);
}

[[noreturn]] void refuse(const Survey &survey, std::string_view shown) {
    const std::string place =
        fmt::format("line {}, column {}", XML_GetCurrentLineNumber(survey.parser), XML_GetCurrentColumnNumber(survey.parser) + 1);
    if (survey.depth > max_xml_depth) {
        throw geo::Error(geo::ErrorKind::too_large,
                         fmt::format("expected XML elements at most {} deep in {}, found {} at {}", max_xml_depth, shown, survey.found, place));
    }
    if (survey.found != nullptr) {
        throw geo::Error(geo::ErrorKind::invalid_input,
                         fmt::format("expected XML without entities of its own in {}, found {} at {}", shown, survey.found, place));
    }
    throw geo::Error(geo::ErrorKind::invalid_input, fmt::format("expected well-formed XML in {}, found \"{}\" at {}", shown,
                                                                XML_ErrorString(XML_GetErrorCode(survey.parser)), place));
}

} // namespace

std::uint64_t survey_xml(ByteSource &source, std::initializer_list<std::string_view> elements, std::string_view shown) {
    const std::unique_ptr<XML_ParserStruct, ParserFree> parser(XML_ParserCreate(nullptr));
    Survey survey{parser.get(), elements, 0, 0, nullptr};
    XML_SetUserData(parser.get(), &survey);
    XML_SetElementHandler(parser.get(), begin_element, end_element);
    XML_SetEntityDeclHandler(parser.get(), declare_entity);
    std::array<char, read_chunk_bytes> bytes; // NOLINT: filled by read
    for (;;) {
        const std::size_t got = source.read(bytes);
        if (XML_Parse(parser.get(), bytes.data(), static_cast<int>(got), got == 0 ? XML_TRUE : XML_FALSE) == XML_STATUS_ERROR) {
            if (XML_GetErrorCode(parser.get()) == XML_ERROR_UNKNOWN_ENCODING) {
                return 1;
            }
            refuse(survey, shown);
        }
        if (got == 0) {
            return survey.features;
        }
    }
}

} // namespace keyaki::importers
