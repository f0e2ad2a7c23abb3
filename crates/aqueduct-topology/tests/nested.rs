//! Nested stacks and included files, read beside the template that names them.

use std::collections::BTreeMap;
use std::fmt::Write;

use aqueduct_topology::{Deployment, File, Read, Severity, Stack, read_with_files};

/// Reads the first of some files, which may name the others.
fn read(files: &[(&str, &str)]) -> Read {
    let stack = Stack { text: files[0].1, deployment: Deployment::default(), links: BTreeMap::new() };
    read_with_files(&[stack], &|_, path| match files.iter().find(|(name, _)| *name == path) {
        Some((name, text)) => Ok(File { name: (*name).to_owned(), text: (*text).to_owned() }),
        None => Err(format!("there is no {path}")),
    })
}

/// `severity file:line: message` of all that was said.
fn said(read: &Read) -> Vec<String> {
    let word = |severity| if severity == Severity::Error { "error" } else { "warning" };
    let told = read.diagnostics.iter();
    told.map(|it| format!("{} {}:{}: {}", word(it.severity), it.span.file, it.span.line, it.message)).collect()
}

const PARENT: &str = "
Parameters: { Later: { Type: String } }
Resources:
  Queues:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: queues.yaml
      Parameters: { Receives: 7, Names: [orders, refunds], Delay: !Ref Later }
  Workers:
    Type: AWS::Serverless::Application
    Properties:
      Location: workers.yaml
      Parameters: { QueueArn: !GetAtt Queues.Outputs.OrdersArn }
Outputs:
  Orders: { Value: !GetAtt Queues.Outputs.OrdersArn }
Transform: AWS::Serverless-2016-10-31
";

const QUEUES: &str = "
Parameters:
  Receives: { Type: Number }
  Names: { Type: CommaDelimitedList }
  Delay: { Type: Number, Default: 5 }
Resources:
  Orders:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: !Select [1, !Ref Names]
      DelaySeconds: !Ref Delay
      RedrivePolicy: { deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: !Ref Receives }
  Dead: { Type: AWS::SQS::Queue }
Outputs:
  OrdersArn: { Value: !GetAtt Orders.Arn }
";

const WORKERS: &str = "
Transform: AWS::Serverless-2016-10-31
Parameters: { QueueArn: { Type: String } }
Resources:
  Work:
    Type: AWS::Serverless::Function
    Properties:
      Events: { Orders: { Type: SQS, Properties: { Queue: !Ref QueueArn } } }
";

#[test]
fn parameters_and_outputs_of_nested_stacks_are_joined() {
    let read = read(&[("parent.yaml", PARENT), ("queues.yaml", QUEUES), ("workers.yaml", WORKERS)]);
    let topology = &read.topology;
    let orders = topology.queues.iter().find(|queue| queue.id == "Orders").unwrap();
    assert_eq!((orders.name.as_str(), orders.redrive.as_ref().unwrap().receives_max), ("refunds", 7));
    assert_eq!(topology.mappings[0].queue, orders.arn);
    assert_eq!(topology.functions[0].name, "aqueduct-Workers-Work");
    assert_eq!(topology.outputs["Orders"], orders.arn.as_str());
    // A default does not stand for a value that is given and not known.
    assert!(topology.property("Orders", "DelaySeconds").is_unknown());
    let files: Vec<&str> = read.files.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(files, ["queues.yaml", "workers.yaml"]);
    assert_eq!((orders.span.file, orders.span.line), (1, 7));
    assert_eq!(topology.functions[0].span.file, 2);
    let delay = "DelaySeconds of queue `Orders` is not known: the value that parameter `Delay` is given is not known";
    assert_eq!(said(&read), [format!("warning 1:11: {delay}")]);
}

#[test]
fn a_stack_that_is_nested_twice_has_two_of_each_resource() {
    let parent = "
Resources:
  One: { Type: AWS::CloudFormation::Stack, Properties: { TemplateURL: queue.yaml } }
  Two: { Type: AWS::CloudFormation::Stack, Properties: { TemplateURL: queue.yaml } }
";
    let read = read(&[("parent.yaml", parent), ("queue.yaml", "Resources: { Queue: { Type: AWS::SQS::Queue } }")]);
    let queues: Vec<(&str, &str)> =
        read.topology.queues.iter().map(|queue| (queue.id.as_str(), queue.name.as_str())).collect();
    assert_eq!(queues, [("Queue", "aqueduct-One-Queue"), ("aqueduct-Two/Queue", "aqueduct-Two-Queue")]);
    assert_eq!(said(&read), [""; 0]);
}

/// Whoever runs the stacks knows its functions by the names that the topology gives them.
#[test]
fn what_is_known_of_a_resource_reaches_the_stack_that_has_it() {
    let parent = "
Resources:
  One: { Type: AWS::CloudFormation::Stack, Properties: { TemplateURL: work.yaml } }
  Two: { Type: AWS::CloudFormation::Stack, Properties: { TemplateURL: work.yaml } }
Outputs:
  One: { Value: !GetAtt One.Outputs.Url }
  Two: { Value: !GetAtt Two.Outputs.Url }
  Queue: { Value: !GetAtt Two.Outputs.Queue }
";
    let work = "
Transform: AWS::Serverless-2016-10-31
Resources:
  Work: { Type: AWS::Serverless::Function, Properties: { FunctionUrlConfig: { AuthType: NONE } } }
  Queue: { Type: AWS::SQS::Queue }
Outputs:
  Url: { Value: !GetAtt WorkUrl.FunctionUrl }
  Queue: { Value: !GetAtt Queue.QueueName }
";
    let urls = [("Work", "http://127.0.0.1:1/"), ("aqueduct-Two/Work", "http://127.0.0.1:2/")];
    let own = |pairs: &[(&str, &str)]| pairs.iter().map(|(id, value)| ((*id).into(), (*value).into())).collect();
    let deployment = Deployment {
        function_urls: own(&urls),
        physical: own(&[("aqueduct-Two/Queue", "jobs")]),
        ..Deployment::default()
    };
    let stack = Stack { text: parent, deployment, links: BTreeMap::new() };
    let read = read_with_files(&[stack], &|_, path| Ok(File { name: path.to_owned(), text: work.to_owned() }));
    let ids: Vec<&str> = read.topology.functions.iter().map(|function| function.id.as_str()).collect();
    assert_eq!(ids, ["Work", "aqueduct-Two/Work"]);
    let output = |name: &str| read.topology.outputs[name].as_str();
    assert_eq!([output("One"), output("Two"), output("Queue")], [urls[0].1, urls[1].1, "jobs"]);
}

fn nesting(path: &str) -> String {
    format!("Resources: {{ Next: {{ Type: AWS::CloudFormation::Stack, Properties: {{ TemplateURL: {path} }} }} }}")
}

#[test]
fn what_cannot_be_nested_is_said_by_name() {
    let circle = [nesting("b.yaml"), nesting("c.yaml"), nesting("b.yaml")];
    let read_circle = read(&[("a.yaml", &circle[0]), ("b.yaml", &circle[1]), ("c.yaml", &circle[2])]);
    let back = "the nested stack `Next` is passed over: it leads back to itself: b.yaml -> c.yaml -> b.yaml";
    assert_eq!(said(&read_circle), [format!("error 2:1: {back}")]);

    let texts: Vec<String> = (1..=11).map(|number| nesting(&format!("{number}.yaml"))).collect();
    let names: Vec<String> = (0..11).map(|number| format!("{number}.yaml")).collect();
    let deep: Vec<(&str, &str)> = names.iter().zip(&texts).map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let told = said(&read(&deep));
    assert!(told.len() == 1 && told[0].contains("it is nested more than 8 deep: 1.yaml -> 2.yaml"), "{told:?}");

    assert_eq!(
        said(&read(&[("a.yaml", &nesting("gone.yaml"))])),
        ["warning 0:1: the nested stack `Next` is passed over: there is no gone.yaml"]
    );
    // What lies in a bucket already is left alone.
    assert_eq!(said(&read(&[("a.yaml", &nesting("https://bucket.s3.amazonaws.com/a.yaml"))])), [""; 0]);
    let wrong = read(&[("a.yaml", &nesting("b.yaml")), ("b.yaml", "Resources: [")]);
    assert!(said(&wrong)[0].starts_with("error 1:"), "{:?}", said(&wrong));
}

#[test]
fn many_and_large_files_are_refused() {
    let mut stacks = String::new();
    for number in 0..70 {
        let properties = format!("{{ TemplateURL: '{number}' }}");
        writeln!(stacks, "  S{number}: {{ Type: AWS::CloudFormation::Stack, Properties: {properties} }}").unwrap();
    }
    let text = format!("Resources:\n{stacks}");
    let read_all = |child: &str| {
        let stack = Stack { text: &text, deployment: Deployment::default(), links: BTreeMap::new() };
        read_with_files(&[stack], &|_, path| Ok(File { name: path.to_owned(), text: child.to_owned() }))
    };
    let many = read_all("Resources: { Queue: { Type: AWS::SQS::Queue } }");
    assert_eq!(many.topology.queues.len(), 64);
    assert_eq!(many.diagnostics.len(), 6);
    assert!(many.diagnostics[0].message.ends_with("templates name more than 64 files"), "{}", many.diagnostics[0]);
    let padded = format!("Resources: {{ Queue: {{ Type: AWS::SQS::Queue }} }}\n#{}", "x".repeat(1 << 20));
    let large = read_all(&padded);
    assert_eq!(large.topology.queues.len(), 15);
    assert!(large.diagnostics[0].message.ends_with("have more than 16 MB together"), "{}", large.diagnostics[0]);
}

/// Eight files that each nest the next one ten times would be a hundred million stacks.
#[test]
fn files_that_nest_one_another_often_are_bounded() {
    let names: Vec<String> = (0..9).map(|number| format!("{number}.yaml")).collect();
    let texts: Vec<String> = (1..10)
        .map(|next| {
            let properties = format!("{{ TemplateURL: {next}.yaml }}");
            let stack = |id: u8| format!("  S{id}: {{ Type: AWS::CloudFormation::Stack, Properties: {properties} }}\n");
            (0..10).fold("Resources:\n".to_owned(), |text, id| text + &stack(id))
        })
        .collect();
    let files: Vec<(&str, &str)> =
        names.iter().zip(&texts).map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let told = said(&read(&files));
    assert!(!told.is_empty() && told.len() <= 20, "{}", told.len());
    let many = "is passed over: more than 256 stacks or 16 MB are nested";
    assert!(told.iter().all(|it| it.starts_with("error ") && it.ends_with(many)), "{told:?}");
}

const INCLUDING: &str = "
Transform:
  - Name: AWS::Include
    Parameters: { Location: sections.yaml }
Resources:
  Orders:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: 60
      Fn::Transform: { Name: AWS::Include, Parameters: { Location: redrive.yaml } }
  Fn::Transform: { Name: AWS::Include, Parameters: { Location: more.json } }
";

#[test]
fn included_files_take_the_place_of_their_transform() {
    let read_ok = read(&[
        ("parent.yaml", INCLUDING),
        (
            "sections.yaml",
            "Parameters: { Receives: { Type: Number, Default: 4 } }\nResources: { Dead: { Type: AWS::SQS::Queue } }",
        ),
        ("redrive.yaml", "RedrivePolicy:\n  deadLetterTargetArn: !GetAtt Dead.Arn\n  maxReceiveCount: !Ref Receives\n"),
        ("more.json", "{\"Refunds\": {\"Type\": \"AWS::SQS::Queue\"}}"),
    ]);
    assert_eq!(said(&read_ok), [""; 0]);
    let queues: Vec<&str> = read_ok.topology.queues.iter().map(|queue| queue.id.as_str()).collect();
    assert_eq!(queues, ["Orders", "Refunds", "Dead"]);
    assert_eq!(read_ok.topology.queues[0].redrive.as_ref().unwrap().receives_max, 4);
    let place = read_ok.topology.span_of("Orders", "RedrivePolicy.maxReceiveCount");
    assert_eq!((read_ok.files[usize::from(place.file) - 1].name.as_str(), place.line), ("redrive.yaml", 3));
}

#[test]
fn what_cannot_be_included_is_said_by_name() {
    let parent = "Resources:\n  Fn::Transform: { Name: AWS::Include, Parameters: { Location: a.yaml } }\n  Queue: { Type: AWS::SQS::Queue }\n";
    let told = |text: &str| said(&read(&[("parent.yaml", parent), ("a.yaml", text)]));
    let again = "Fn::Transform: { Name: AWS::Include, Parameters: { Location: b.yaml } }";
    assert!(told(again)[0].ends_with("`a.yaml`, which is included, includes another file"), "{:?}", told(again));
    assert!(told("[1]")[0].ends_with("`a.yaml`, which is included, is no map"), "{:?}", told("[1]"));
    assert!(
        told("a: [")[0].starts_with("error 1:2: `a.yaml`, which is included, cannot be read: "),
        "{:?}",
        told("a: [")
    );
    let gone = said(&read(&[("parent.yaml", parent)]));
    let words = "warning 0:2: what `a.yaml` includes is passed over: there is no a.yaml";
    assert!(gone.iter().any(|it| it == words), "{gone:?}");

    // A file that is included over and over is counted each time.
    let mut many = String::new();
    for number in 0..64 {
        let include = "Fn::Transform: { Name: AWS::Include, Parameters: { Location: a.yaml } }";
        writeln!(many, "  Q{number}: {{ Type: AWS::SQS::Queue, Properties: {{ {include} }} }}").unwrap();
    }
    let padded = format!("DelaySeconds: 1\n#{}", "x".repeat(100_000));
    let bomb = said(&read(&[("parent.yaml", &format!("Resources:\n{many}")), ("a.yaml", &padded)]));
    assert!(bomb[0].ends_with("with `a.yaml`, what is included has more than 4 MB"), "{:?}", bomb.first());
}
