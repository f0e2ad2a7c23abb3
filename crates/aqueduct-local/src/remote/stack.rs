//! A stack's resources, as CloudFormation lists them.

use quick_xml::Reader;
use quick_xml::escape::unescape;
use quick_xml::events::Event;

use super::RemoteError;
use super::client::Client;

const ACTION: &str = "DescribeStackResources";

/// A resource of a stack.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct StackResource {
    pub(super) id: String,
    pub(super) physical: String,
    pub(super) kind: String,
    pub(super) status: String,
}

/// The resources of a stack; CloudFormation lists the first 100.
///
/// Source: <https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStackResources.html>
pub(super) async fn resources(client: &Client, stack: &str) -> Result<Vec<StackResource>, RemoteError> {
    let answer = client.cloudformation(ACTION, stack).await?;
    read(&answer).map_err(|error| client.unreadable(ACTION, &error))
}

fn read(xml: &str) -> Result<Vec<StackResource>, String> {
    let mut resources = Vec::new();
    for leaf in leaves(xml, "member")? {
        let Some((name, text)) = leaf else {
            resources.push(StackResource::default());
            continue;
        };
        let Some(resource) = resources.last_mut() else { continue };
        match name.as_str() {
            "LogicalResourceId" => resource.id = text,
            "PhysicalResourceId" => resource.physical = text,
            "ResourceType" => resource.kind = text,
            "ResourceStatus" => resource.status = text,
            _ => {}
        }
    }
    resources.retain(|resource| !resource.physical.is_empty() && resource.status != "DELETE_COMPLETE");
    Ok(resources)
}

/// The texts of all elements of this name that hold nothing else.
pub(super) fn texts(xml: &str, wanted: &str) -> Result<Vec<String>, String> {
    let leaves = leaves(xml, "")?.into_iter().flatten();
    Ok(leaves.filter(|(name, _)| name == wanted).map(|(_, text)| text).collect())
}

/// Names and texts of the elements that hold nothing but text, in order; `None` where an element `mark` begins.
fn leaves(xml: &str, mark: &str) -> Result<Vec<Option<(String, String)>>, String> {
    let (mut reader, mut leaves, mut text) = (Reader::from_str(xml), Vec::new(), None);
    loop {
        match reader.read_event().map_err(|error| error.to_string())? {
            Event::Start(start) => {
                if start.local_name().as_ref() == mark {
                    leaves.push(None);
                }
                text = Some(String::new());
            }
            Event::Text(part) => text = text.map(|text| text + &part.into_inner()),
            Event::GeneralRef(name) => text = text.map(|text| format!("{text}&{};", name.into_inner())),
            Event::End(end) => {
                if let Some(text) = text.take() {
                    let text = unescape(&text).map_err(|error| error.to_string())?.into_owned();
                    leaves.push(Some((end.local_name().as_ref().to_owned(), text)));
                }
            }
            Event::Eof => return Ok(leaves),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resources_are_read_in_any_order_of_their_parts() {
        let xml = "<?xml version='1.0'?>
<DescribeStackResourcesResponse xmlns='http://cloudformation.amazonaws.com/doc/2010-05-15/'>
  <DescribeStackResourcesResult><StackResources>
    <member><StackName>s</StackName><LogicalResourceId>Jobs</LogicalResourceId>
      <PhysicalResourceId>http://localhost:4566/1/a&amp;b</PhysicalResourceId>
      <ResourceType>AWS::SQS::Queue</ResourceType><ResourceStatus>CREATE_COMPLETE</ResourceStatus>
      <DriftInformation><StackResourceDriftStatus>NOT_CHECKED</StackResourceDriftStatus></DriftInformation></member>
    <member><ResourceType>AWS::SNS::Topic</ResourceType><PhysicalResourceId>arn:t</PhysicalResourceId>
      <LogicalResourceId>Done</LogicalResourceId><ResourceStatus>UPDATE_COMPLETE</ResourceStatus></member>
    <member><LogicalResourceId>Gone</LogicalResourceId><PhysicalResourceId>x</PhysicalResourceId>
      <ResourceStatus>DELETE_COMPLETE</ResourceStatus></member>
    <member><LogicalResourceId>NotYet</LogicalResourceId><ResourceStatus>CREATE_IN_PROGRESS</ResourceStatus></member>
  </StackResources></DescribeStackResourcesResult>
</DescribeStackResourcesResponse>";
        let read = read(xml).unwrap();
        let read: Vec<_> = read.iter().map(|one| (one.id.as_str(), one.physical.as_str(), one.kind.as_str())).collect();
        assert_eq!(
            read,
            [("Jobs", "http://localhost:4566/1/a&b", "AWS::SQS::Queue"), ("Done", "arn:t", "AWS::SNS::Topic")]
        );
    }

    #[test]
    fn broken_xml_is_an_error() {
        assert!(super::read("<a><b></a>").is_err());
    }
}
